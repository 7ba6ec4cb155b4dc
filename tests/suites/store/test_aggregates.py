"""Aggregates: duplicates, re-drives, order, races; on every rung."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import BaseModel

from madoguchi.contracts.documents import from_document
from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.events import Event
from madoguchi.store.aggregates import Aggregate, Aggregates, Change, collection, instant
from madoguchi.store.port import Documents, DuplicateKey
from madoguchi.testing.clock import HandClock
from madoguchi.testing.events import identity_rejected, issuance_eligible, proof_requested, request_id

KEY = request_id()


class Tally(BaseModel):
    """A state: what was heard, in order."""

    heard: tuple[str, ...] = ()
    label: str | None = None


CASES = collection("cases", "label", unique=("ticket",))


def fields(state: Tally) -> dict[str, str | None]:
    return {"label": state.label, "ticket": state.label and f"ticket of {state.label}"}


def hear(word: str, *emit: Envelope[Event], due_at: datetime | None = None) -> Any:
    def decide(state: Tally | None) -> Change[Tally]:
        before = state or Tally()
        return Change(before.model_copy(update={"heard": (*before.heard, word)}), emit, due_at)

    return decide


def outbox(aggregate: Aggregate[Tally] | None) -> list[Envelope[Event]]:
    assert aggregate is not None
    return [from_document(document) for document in aggregate.outbox]


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def cases(documents: Documents, clock: HandClock) -> Aggregates[Tally]:
    await documents.prepare([CASES])
    return Aggregates(documents, CASES, Tally, clock, fields)


async def published(cases: Aggregates[Tally], key: str = KEY) -> None:
    """As if a relay had been by."""
    document = await cases.documents.get(cases.collection, key)
    assert document is not None
    await cases.documents.replace(cases.collection, {**document, "version": document["version"] + 1, "outbox": []})


async def test_state_outbox_and_inbox_are_one_write(cases: Aggregates[Tally]) -> None:
    event, answer = proof_requested(KEY), identity_rejected(KEY)
    after = await cases.apply(KEY, hear("once", answer), consumed=event)
    assert after == await cases.load(KEY)
    assert after is not None
    assert (after.version, after.state.heard, after.inbox) == (1, ("once",), (event.id,))
    assert outbox(after) == [answer]
    assert after.events() == (answer,)


async def test_given_a_duplicate_then_nothing_happens(cases: Aggregates[Tally]) -> None:
    event = proof_requested(KEY)
    first = await cases.apply(KEY, hear("once", identity_rejected(KEY)), consumed=event)
    assert await cases.apply(KEY, hear("twice", issuance_eligible(KEY)), consumed=event) == first


async def test_given_fifty_duplicates_at_once_then_one_is_applied(cases: Aggregates[Tally]) -> None:
    event, answer = proof_requested(KEY), identity_rejected(KEY)
    await asyncio.gather(*(cases.apply(KEY, hear("once", answer), consumed=event) for _ in range(50)))
    after = await cases.load(KEY)
    assert after is not None
    assert after.state.heard == ("once",)
    assert outbox(after) == [answer]


async def test_given_fifty_different_events_at_once_then_all_are_applied_once(cases: Aggregates[Tally]) -> None:
    events = [proof_requested(KEY, f"c{n}") for n in range(50)]
    answers = [identity_rejected(KEY, str(n)) for n in range(50)]
    twice = [*zip(events, answers, strict=True)] * 2
    await asyncio.gather(*(cases.apply(KEY, hear(e.id, a), consumed=e) for e, a in twice))
    after = await cases.load(KEY)
    assert after is not None
    assert sorted(after.state.heard) == sorted(event.id for event in events)
    assert after.state.heard == after.inbox
    assert {envelope.id for envelope in outbox(after)} == {answer.id for answer in answers}


async def test_an_event_already_published_is_not_published_again_by_a_later_decision(cases: Aggregates[Tally]) -> None:
    await cases.apply(KEY, hear("a", identity_rejected(KEY)))
    await published(cases)
    after = await cases.apply(KEY, hear("b", identity_rejected(KEY), issuance_eligible(KEY)))
    assert outbox(after) == [issuance_eligible(KEY)]


async def test_given_a_redriven_duplicate_then_the_answers_go_out_again_with_the_same_ids(
    cases: Aggregates[Tally],
) -> None:
    event, answers = proof_requested(KEY), [identity_rejected(KEY), issuance_eligible(KEY)]
    await cases.apply(KEY, hear("once", *answers), consumed=event)
    await published(cases)
    after = await cases.apply(KEY, hear("twice"), consumed=event.redriven())
    assert after is not None
    assert after.state.heard == ("once",)
    assert outbox(after) == [answer.redriven() for answer in answers]
    assert outbox(await cases.load(KEY)) == outbox(after)
    assert after.events() == tuple(answers)


async def test_given_one_redrive_of_several_events_then_one_answer_is_given(cases: Aggregates[Tally]) -> None:
    events = [proof_requested(KEY, challenge) for challenge in ("c1", "c2")]
    for event in events:
        await cases.apply(KEY, hear("one", identity_rejected(KEY)), consumed=event)
    await published(cases)
    await cases.apply(KEY, hear("no"), consumed=events[0].redriven())
    await published(cases)
    for again in [*(event.redriven() for event in events), *events]:
        assert outbox(await cases.apply(KEY, hear("no"), consumed=again)) == []
    second = replace(events[1], redrive=2)
    assert [e.redrive for e in outbox(await cases.apply(KEY, hear("no"), consumed=second))] == [2]


async def test_given_redrives_of_two_services_then_both_are_answered(cases: Aggregates[Tally]) -> None:
    ours, theirs = proof_requested(KEY), issuance_eligible(KEY)
    for event in (ours, theirs):
        await cases.apply(KEY, hear("one", identity_rejected(KEY)), consumed=event)
    for event in (ours, theirs):
        await published(cases)
        assert len(outbox(await cases.apply(KEY, hear("no"), consumed=event.redriven()))) == 1


async def test_given_a_redriven_event_that_decides_nothing_then_it_is_answered_too(cases: Aggregates[Tally]) -> None:
    await cases.apply(KEY, hear("one", identity_rejected(KEY)))
    await published(cases)
    after = await cases.apply(KEY, lambda _state: None, consumed=proof_requested(KEY).redriven())
    assert outbox(after) == [identity_rejected(KEY).redriven()]


async def test_republish_counts_up_and_waits_for_what_is_still_in_the_outbox(cases: Aggregates[Tally]) -> None:
    present = await cases.apply(KEY, hear("one", identity_rejected(KEY)))
    assert present is not None
    assert await cases.republish(present) == present
    for times in (1, 2):
        await published(cases)
        loaded = await cases.load(KEY)
        assert loaded is not None
        assert [e.redrive for e in outbox(await cases.republish(loaded))] == [times]


async def test_republish_of_something_stale_does_nothing(cases: Aggregates[Tally]) -> None:
    await cases.apply(KEY, hear("one", identity_rejected(KEY)))
    await published(cases)
    stale = await cases.load(KEY)
    assert stale is not None
    await cases.apply(KEY, hear("two"))
    assert await cases.republish(stale) == stale
    assert outbox(await cases.load(KEY)) == []


async def test_a_decision_for_nothing_stores_nothing(cases: Aggregates[Tally]) -> None:
    assert await cases.apply(KEY, lambda _state: None, consumed=proof_requested(KEY)) is None
    assert await cases.load(KEY) is None


async def test_a_decision_is_taken_again_on_what_the_faster_one_left(cases: Aggregates[Tally]) -> None:
    seen: list[tuple[str, ...]] = []

    def decide(state: Tally | None) -> Change[Tally]:
        before = state or Tally()
        seen.append(before.heard)
        return Change(Tally(heard=(*before.heard, "x")))

    await asyncio.gather(*(cases.apply(KEY, decide) for _ in range(2)))
    assert sorted(set(seen)) == [(), ("x",)]


async def test_a_unique_field_of_another_aggregate_is_an_error_not_an_endless_try(cases: Aggregates[Tally]) -> None:
    await cases.apply("a", lambda _state: Change(Tally(label="same")))
    with pytest.raises(DuplicateKey):
        await cases.apply("b", lambda _state: Change(Tally(label="same")))
    await cases.apply("c", lambda _state: Change(Tally(label="other")))
    with pytest.raises(DuplicateKey):
        await cases.apply("c", lambda _state: Change(Tally(label="same")))


async def test_what_is_due_is_found_most_overdue_first(cases: Aggregates[Tally], clock: HandClock) -> None:
    for key, seconds in {"a": 20, "b": 10, "c": 30}.items():
        await cases.apply(key, hear("x", due_at=clock.now + timedelta(seconds=seconds)))
    await cases.apply("d", hear("x"))
    assert await cases.due(clock()) == []
    clock.move(20)
    assert [aggregate.id for aggregate in await cases.due(clock())] == ["b", "a"]
    await cases.apply("b", hear("y"))
    assert [aggregate.id for aggregate in await cases.due(clock())] == ["a"]


async def test_aggregates_are_found_by_their_fields(cases: Aggregates[Tally]) -> None:
    await cases.apply("a", lambda _state: Change(Tally(label="red")))
    await cases.apply("b", lambda _state: Change(Tally(label="blue")))
    assert [aggregate.id for aggregate in await cases.find(label="red")] == ["a"]


def test_an_instant_is_utc_whatever_the_zone() -> None:
    tokyo = timezone(timedelta(hours=9))
    assert instant(datetime(2026, 4, 1, 8, 30, tzinfo=tokyo)) == "2026-03-31T23:30:00.000000Z"
