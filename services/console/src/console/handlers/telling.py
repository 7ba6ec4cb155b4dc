"""How the town stands today: from the console's own projections alone, by queries that are indexed and bounded."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from console.domain import tally, today
from console.domain.case import Case
from console.domain.delivery import ChannelHealth, channel_health
from console.domain.tally import Tally
from console.domain.today import Accepting, Light, Pace, Promise, Waiting
from console.handlers import delivering, finding
from console.handlers.deps import (
    ACCEPTED_NEWEST,
    ANSWERED_NEWEST,
    DUE,
    OPEN,
    OPEN_SINCE,
    SILENT,
    TOWN,
    Deps,
    millis,
)
from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.vocabulary import MunicipalityCode
from madoguchi.policy.rules import JAPAN
from madoguchi.store.aggregates import Change, instant

NEWEST_AT_MOST: Final = 500
"""Requests by which pace and usual pauses are told."""
TODAY_AT_MOST: Final = 5000
"""Requests of one day that are counted; a town with more is told of its newest."""
OPEN_AT_MOST: Final = 1000
LETTERS_AT_MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class Today:
    """What the page says."""

    accepting: Accepting
    pace: Pace
    waiting: Waiting
    promise: Promise
    channels: tuple[ChannelHealth, ...]
    channels_light: Light
    letters: int
    letters_light: Light
    with_clerk: tuple[Case, ...]
    """Cases that await a clerk, most urgent first."""

    @property
    def light(self) -> Light:
        """Of all together."""
        lights = (self.accepting, self.pace, self.waiting, self.promise)
        return today.worst([*(one.light for one in lights), self.channels_light, self.letters_light])


async def count(envelope: Envelope[Any], deps: Deps) -> None:
    """What an event adds to the day."""

    def decide(present: Tally | None) -> Change[Tally] | None:
        after = tally.learn(envelope, present)
        return None if after is None else Change(after)

    await deps.tallies.apply(envelope.request_id, decide)


async def told(deps: Deps, town: MunicipalityCode) -> Today:
    """How the town stands now."""
    now = deps.clock()
    midnight = now.astimezone(JAPAN).replace(hour=0, minute=0, second=0, microsecond=0)
    newest = await _since(deps, town, ACCEPTED_NEWEST, datetime.fromtimestamp(0, JAPAN), NEWEST_AT_MOST)
    silent = await _open(deps, SILENT, town, OPEN_AT_MOST)
    oldest = await _open(deps, OPEN, town, 1)
    answered = await _since(deps, town, ANSWERED_NEWEST, midnight, TODAY_AT_MOST)
    health = channel_health(await delivering.notices(deps, town), now)
    letters = len(await finding.waiting_letters(deps, town, LETTERS_AT_MOST))
    return Today(
        today.accepting(newest, await _since(deps, town, ACCEPTED_NEWEST, midnight, TODAY_AT_MOST), now),
        today.pace(newest, silent, now),
        today.waiting(oldest[0] if oldest else None, now),
        today.promise(answered, await _overdue(deps, town, now)),
        health,
        today.channels_light(sum(one.reports for one in health), sum(one.failing for one in health)),
        letters,
        today.letters_light(letters),
        tuple(await finding.waiting(deps, town)),
    )


async def _since(deps: Deps, town: MunicipalityCode, field: str, since: datetime, limit: int) -> list[Tally]:
    """Newest first."""
    found = await deps.tallies.documents.find(
        deps.tallies.collection, equal={TOWN: town}, at_most=(field, -millis(since)), order_by=field, limit=limit
    )
    return [deps.tallies.parse(document).state for document in found]


async def _open(deps: Deps, field: str, town: MunicipalityCode, limit: int) -> list[Tally]:
    """Those of which `field` names the town, the longest waiting first."""
    found = await deps.tallies.documents.find(
        deps.tallies.collection, equal={field: town}, order_by=OPEN_SINCE, limit=limit
    )
    return [deps.tallies.parse(document).state for document in found]


async def _overdue(deps: Deps, town: MunicipalityCode, now: datetime) -> int:
    found = await deps.tallies.documents.find(
        deps.tallies.collection, equal={OPEN: town}, at_most=(DUE, instant(now)), order_by=DUE, limit=OPEN_AT_MOST
    )
    return len(found)
