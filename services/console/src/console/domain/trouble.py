"""What went wrong on the way (障害): events that a service tries later, and those it set aside (dead letters). Pure.

A dead letter waits until somebody has it tried again, or says that it needs no handling any more. Nothing of its
content is kept but what `madoguchi.bus.dead_letters.shown` may show.
"""

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from madoguchi.contracts.vocabulary import Instant, MunicipalityCode, RequestId
from madoguchi.store.aggregates import Change

HOLD = timedelta(minutes=1)
"""How long somebody has a letter to themselves. Longer than a broker may take to answer: when a process ends in the
middle, the letter waits again after this, and handlers recognise the repeat."""

DISCARD_REASONS = ("handled_otherwise", "not_an_event", "no_longer_needed", "duplicate", "test")
"""Why somebody discards a letter."""


class Settlement(StrEnum):
    """What became of a letter."""

    REPLAYED = "replayed"
    DISCARDED = "discarded"


class Prospect(StrEnum):
    """What a replay would come to, or why it is not possible."""

    WOULD_RUN = "would_run"
    """The service would try it again."""
    UNREADABLE = "unreadable"
    """It is none of our events: it would be set aside again as it is."""
    NO_HANDLER = "no_handler"
    """The service has no handler for it: nothing would happen."""
    REPLAYED = "replayed"
    DISCARDED = "discarded"
    HELD = "held"
    """Somebody else is at it right now."""
    GONE = "gone"
    """The broker has it no more."""


class Retry(BaseModel):
    """A service could not handle an event at once, and tries later."""

    model_config = ConfigDict(frozen=True)

    service: str
    request_id: RequestId | None
    type: str
    """CloudEvents `type`; empty when it is none of ours."""
    error: str
    """A class of error."""
    attempts: int
    at: Instant
    due_at: Instant


class Cause(BaseModel):
    """Letters that went the same way have the same cause."""

    model_config = ConfigDict(frozen=True)

    service: str
    error: str
    type: str

    @property
    def key(self) -> str:
        """Fit for an address; 16 hex digits."""
        return hashlib.sha256("\x1f".join((self.service, self.error, self.type)).encode()).hexdigest()[:16]


class Hold(BaseModel):
    """Somebody is at it."""

    model_config = ConfigDict(frozen=True)

    staff: str
    at: Instant


class Settled(BaseModel):
    """It waits no more."""

    model_config = ConfigDict(frozen=True)

    how: Settlement
    at: Instant
    reason: str = ""
    staff: str = ""
    """職員番号; empty when it was not done at the console."""


class Letter(BaseModel):
    """A dead letter. `id` is `<service>:<partition>:<offset>`."""

    model_config = ConfigDict(frozen=True)

    id: str
    service: str
    error: str
    type: str
    attempts: int
    at: Instant
    """When it was set aside."""
    request_id: RequestId | None
    municipality: MunicipalityCode | None
    """None when nothing tells."""
    readable: bool
    handled: bool
    """Whether the service has a handler for it."""
    origin: str
    """`<topic>:<partition>:<offset>` where it was first published."""
    shown: dict[str, Any] | None
    """Its content without what is sealed; of what is no event, its size and digest."""
    print: str
    """SHA-256 over all of the record: a broker that lost everything gives places again to other letters."""
    held: Hold | None = None
    settled: Settled | None = None

    @property
    def cause(self) -> Cause:
        """Why it is here."""
        return Cause(service=self.service, error=self.error, type=self.type)


def arrived(fresh: Letter, present: Letter | None) -> Change[Letter] | None:
    """A letter was seen in its topic; None when it is known."""
    return None if present is not None and present.print == fresh.print else Change(fresh)


def held_by_other(letter: Letter, staff: str, now: datetime) -> bool:
    """Whether somebody else is at it."""
    return letter.held is not None and letter.held.staff != staff and now - letter.held.at < HOLD


def hold(letter: Letter | None, staff: str, now: datetime) -> Change[Letter] | None:
    """Take it to oneself; None when that is not possible."""
    if letter is None or letter.settled is not None:
        return None
    if letter.held is not None and now - letter.held.at < HOLD:
        return None  # even by the same person: a button was pressed twice
    return Change(letter.model_copy(update={"held": Hold(staff=staff, at=now)}))


def let_go(letter: Letter | None) -> Change[Letter] | None:
    """It was not done after all."""
    return None if letter is None else Change(letter.model_copy(update={"held": None}))


def settle(letter: Letter | None, how: Settlement, now: datetime, reason: str = "") -> Change[Letter] | None:
    """It waits no more; whoever had it to themselves did it. None when that was known."""
    if letter is None or letter.settled is not None:
        return None
    staff = letter.held.staff if letter.held is not None else ""
    done = Settled(how=how, at=now, reason=reason, staff=staff)
    return Change(letter.model_copy(update={"held": None, "settled": done}))


class CauseSum(BaseModel):
    """The letters of one cause."""

    model_config = ConfigDict(frozen=True)

    cause: Cause
    count: int
    oldest: Instant
    newest: Instant


def by_cause(letters: list[Letter]) -> list[CauseSum]:
    """Sums of causes; the one with the most letters first, then the oldest."""
    sums: dict[str, list[Letter]] = {}
    for letter in letters:
        sums.setdefault(letter.cause.key, []).append(letter)
    found = [
        CauseSum(
            cause=group[0].cause,
            count=len(group),
            oldest=min(one.at for one in group),
            newest=max(one.at for one in group),
        )
        for group in sums.values()
    ]
    return sorted(found, key=lambda one: (-one.count, one.oldest))
