"""Whatever order events arrive in, and however often, a request ends the same: one settlement, one refund at most."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madoguchi.contracts.envelope import Envelope
from madoguchi.policy.models import Municipality
from madoguchi.text.catalogue import Catalogue
from request_intake import handlers
from request_intake.domain import facts
from request_intake.domain.status import status
from request_intake.domain.step import NotNow
from unit.request_intake import given as g
from unit.request_intake.world import TOWN, Intake, build

Act = Callable[[Intake, str], Awaitable[object]]


def hear(envelope: Envelope[Any]) -> Act:
    """An event of another service arrives."""

    async def act(intake: Intake, request_id: str) -> None:
        told = envelope.event.model_copy(update={"request_id": request_id})
        await handlers.HANDLERS[type(told)](replace(envelope, event=told), intake.deps)

    return act


async def pay(intake: Intake, request_id: str) -> None:
    """The provider's webhook arrives."""
    await handlers.book(intake.deps, TOWN, "pay_" + request_id.removeprefix("req_"), 300, g.LATER)


async def sweep(intake: Intake, _: str) -> None:
    """A round of the sweep."""
    await handlers.sweep(intake.deps)


async def cancel(intake: Intake, request_id: str) -> None:
    """The resident takes it back, if that is still possible."""
    try:
        await handlers.cancel(intake.deps, request_id)
    except NotNow:
        return


VERIFIED, ELIGIBLE = hear(g.verified_event()), hear(g.eligible_event())
ISSUED, REVOKED = hear(g.issued_event(g.MUCH_LATER)), hear(g.revoked_event(g.MUCH_LATER))
REFUSED, REFERRED = hear(g.refused_event()), hear(g.issuance_referred_event())

STORIES: dict[str, tuple[list[Act], list[Act], str]] = {
    "issued": ([], [VERIFIED, ELIGIBLE, pay, ISSUED], "ready"),
    "issued after a clerk looked": ([], [VERIFIED, REFERRED, ELIGIBLE, pay, ISSUED], "ready"),
    "refused": ([], [VERIFIED, REFERRED, REFUSED, pay], "refused"),
    "refused at the end": ([], [VERIFIED, ELIGIBLE, pay, REFUSED], "refused"),
    "cancelled": ([cancel], [VERIFIED, ELIGIBLE, pay, cancel], "cancelled"),
    "cancelled while it was being issued": ([cancel], [VERIFIED, ELIGIBLE, pay, ISSUED, REVOKED], "cancelled"),
    "rejected for good": ([], [hear(g.rejected_event("1")), hear(g.rejected_event("2", final=True)), pay], "refused"),
}


async def play(intake: Intake, first: list[Act], acts: list[Act]) -> str:
    """Accept a request, then let everything happen; the sweep has the last word. Returns the request's id."""
    request_id = await g.accept(intake.deps)
    for act in (*first, *acts):
        await act(intake, request_id)
        intake.clock.pass_(seconds=1)
    intake.clock.pass_(hours=3)
    await handlers.sweep(intake.deps)
    await handlers.sweep(intake.deps)
    return request_id


@pytest.mark.parametrize("story", STORIES)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_the_end_is_the_same(data: st.DataObject, story: str, town: Municipality, catalogue: Catalogue) -> None:
    first, acts, end = STORIES[story]
    order = data.draw(st.permutations([*acts, sweep]))
    repeats = data.draw(st.lists(st.sampled_from([*acts, sweep]), max_size=6))
    places = data.draw(st.lists(st.integers(0, len(order)), min_size=len(repeats), max_size=len(repeats)))
    for place, act in zip(places, repeats, strict=True):
        order.insert(place, act)
    # Taking it back has an effect only while it is open: a story that is not about it has none after the first acts.
    intake = build(town, catalogue)
    request_id = asyncio.run(play(intake, first, order))
    asyncio.run(check(intake, request_id, end))


async def check(intake: Intake, request_id: str, end: str) -> None:
    """One settlement, one refund at most, the status that the story ends with, and nothing owed."""
    state, sent = await intake.state(request_id), await intake.sent(request_id)
    assert status(state, intake.clock()).code == end
    assert sent.count("FeeSettled") <= 1
    assert sent.count("FeeDue") <= 1
    failed = facts.failed_at(state) is not None
    assert sent.count("FeeRefunded") == (1 if failed else 0)
    assert len(intake.provider.refunds) == (1 if failed else 0)
    assert len(sent) == len({e["id"] for e in await _documents(intake, request_id)})
    assert not facts.refund_owed(state)


async def _documents(intake: Intake, request_id: str) -> list[dict[str, Any]]:
    found = await intake.deps.requests.load(request_id)
    assert found is not None
    return list(found.sent)


@settings(max_examples=40, deadline=None)
@given(amounts=st.lists(st.sampled_from([0, 1, 299, 300, 301, 600]), max_size=8))
def test_only_the_right_amount_is_booked_and_only_once(
    amounts: list[int], town: Municipality, catalogue: Catalogue
) -> None:
    intake = build(town, catalogue)

    async def run() -> None:
        request_id = await g.accept(intake.deps)
        await ELIGIBLE(intake, request_id)
        for amount in amounts:
            await handlers.book(intake.deps, TOWN, "pay_" + request_id.removeprefix("req_"), amount, g.LATER)
        state, sent = await intake.state(request_id), await intake.sent(request_id)
        assert sent.count("FeeSettled") == (1 if 300 in amounts else 0)
        assert set(state.fee.odd_amounts) == set(amounts) - {300}

    asyncio.run(run())


async def test_webhooks_at_the_same_moment_book_once(intake: Intake) -> None:
    request_id = await g.accept(intake.deps)
    await ELIGIBLE(intake, request_id)
    await asyncio.gather(*(pay(intake, request_id) for _ in range(20)))
    assert (await intake.sent(request_id)).count("FeeSettled") == 1


async def test_a_redriven_answer_does_not_start_another_round(intake: Intake) -> None:
    request_id = await g.accept(intake.deps)
    await VERIFIED(intake, request_id)
    before = await intake.deps.requests.load(request_id)
    again = replace(g.verified_event(), redrive=1)
    await hear(again)(intake, request_id)
    after = await intake.deps.requests.load(request_id)
    assert before is not None
    assert after is not None
    assert after.version == before.version


async def test_silence_is_broken_by_sending_everything_again(intake: Intake) -> None:
    request_id = await g.accept(intake.deps)
    present = await intake.deps.requests.load(request_id)
    assert present is not None
    emptied = {**intake.documents.collections["requests"][request_id], "outbox": []}
    intake.documents.collections["requests"][request_id] = emptied
    intake.clock.pass_(seconds=21)
    await handlers.sweep(intake.deps)
    present = await intake.deps.requests.load(request_id)
    assert present is not None
    assert [d["redrive"] for d in present.outbox] == [1, 1]
    assert present.due_at is not None
    assert present.due_at > (intake.clock.now + timedelta(seconds=39)).isoformat()[:19]
