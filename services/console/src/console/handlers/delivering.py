"""Deliveries: reports in, wishes to send again and test messages out, all on record."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from console.domain import channel_test, delivery
from console.domain.acts import What
from console.domain.channel_test import ChannelTest
from console.domain.delivery import Notice
from console.domain.hand import Hand, NotNow, Refusal
from console.handlers.deps import ABOUT, NEWEST, TOWN, Deps, millis
from madoguchi.contracts import events as e
from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.ids import new_request_id
from madoguchi.contracts.personal import Contact
from madoguchi.contracts.vocabulary import Language, MunicipalityCode, NoticeChannel, RequestId
from madoguchi.store.aggregates import Aggregates, Change

NOTICES_AT_MOST = 300
"""The newest of a town, looked at for one page."""
TESTS_AT_MOST = 10


async def on_report(envelope: Envelope[Any], deps: Deps) -> None:
    """Notify said what became of a notice."""
    await deps.notices.apply(
        envelope.event.notice_id, lambda notice: Change(delivery.learn(envelope, notice)), consumed=envelope
    )


async def on_tested(envelope: Envelope[e.ChannelTested], deps: Deps) -> None:
    """Notify said what came of a test; where it went need not be known any more."""
    after = await deps.tests.apply(envelope.request_id, partial(channel_test.learn, envelope), consumed=envelope)
    if after is not None:
        await _destroy_key(deps, after.state.id)


async def sweep(deps: Deps) -> None:
    """Destroy the keys of tests that are over."""
    for one in await deps.tests.due(deps.clock()):
        if channel_test.over(one.state, deps.clock()):
            await _destroy_key(deps, one.state.id)


async def notices(deps: Deps, town: MunicipalityCode) -> list[Notice]:
    """The newest of a town, newest first."""
    return await _newest(deps.notices, town, NOTICES_AT_MOST)


async def notices_of(deps: Deps, town: MunicipalityCode, request_id: RequestId) -> list[Notice]:
    """All of one request, newest first."""
    found = [one.state for one in await deps.notices.find(NOTICES_AT_MOST, **{ABOUT: request_id})]
    mine = [notice for notice in found if notice.municipality == town]
    return sorted(mine, key=lambda notice: notice.latest.at, reverse=True)


async def notice_by_id(deps: Deps, town: MunicipalityCode, notice_id: str) -> Notice | None:
    """The notice of that id, if it is the town's."""
    found = await deps.notices.load(notice_id)
    return found.state if found is not None and found.state.municipality == town else None


async def tests(deps: Deps, town: MunicipalityCode) -> list[ChannelTest]:
    """The newest tests of a town, newest first."""
    return await _newest(deps.tests, town, TESTS_AT_MOST)


async def resend(deps: Deps, hand: Hand, notice: Notice, channels: Sequence[NoticeChannel]) -> None:
    """Have a notice sent again. Raises `NotNow`."""
    wish = partial(delivery.resend, hand=hand, channels=tuple(channels))
    wish(notice)
    town, number = hand.staff.municipality, hand.staff.number
    act = await deps.acts.record(town, number, What.RESEND, why=notice.kind, about=notice.request_id)

    def decide(present: Notice | None) -> Change[Notice]:
        if present is None:
            raise NotNow(Refusal.CHANGED)
        return wish(present)

    try:
        await deps.notices.apply(notice.id, decide)
    except NotNow:
        await deps.acts.record(town, number, What.NOT_DONE, why=str(act.sequence), about=notice.request_id)
        raise


async def try_out(deps: Deps, hand: Hand, channel: NoticeChannel, contact: Contact, language: Language) -> RequestId:
    """Send a test message there. Returns the id of the test."""
    town, number = hand.staff.municipality, hand.staff.number
    test_id = new_request_id(hand.now, deps.randomness)
    await deps.acts.record(town, number, What.TEST_SEND, why=channel, about=test_id)
    sealed = (await deps.vault.begin(test_id, town, {"contact": contact}))["contact"]
    await deps.tests.apply(test_id, lambda _: channel_test.begin(test_id, channel, sealed, language, hand))
    return test_id


async def _destroy_key(deps: Deps, test_id: RequestId) -> None:
    await deps.vault.erase(test_id)
    await deps.tests.apply(test_id, channel_test.forgotten)


async def _newest(kind: Aggregates[Any], town: MunicipalityCode, limit: int) -> list[Any]:
    now = millis(kind.clock())
    found = await kind.documents.find(
        kind.collection, equal={TOWN: town}, at_most=(NEWEST, now), order_by=NEWEST, limit=limit
    )
    return [kind.parse(document).state for document in found]
