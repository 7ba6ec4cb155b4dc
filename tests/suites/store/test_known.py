"""Deciding on what is known already, without loading it: only ever saved over, never answered from; on every rung."""

from typing import Any

import pytest
from pydantic import BaseModel

from madoguchi.contracts.documents import from_document
from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.events import Event
from madoguchi.store.aggregates import ABSENT, Aggregates, Change, collection
from madoguchi.store.port import Documents
from madoguchi.testing.clock import HandClock
from madoguchi.testing.events import identity_rejected, proof_requested, request_id

KEY = request_id()
CASES = collection("cases")


class Tally(BaseModel):
    """What was heard, in order."""

    heard: tuple[str, ...] = ()


def hear(word: str, *emit: Envelope[Event]) -> Any:
    def decide(state: Tally | None) -> Change[Tally]:
        return Change(Tally(heard=(*(state or Tally()).heard, word)), emit)

    return decide


@pytest.fixture
async def cases(documents: Documents) -> Aggregates[Tally]:
    await documents.prepare([CASES])
    return Aggregates(documents, CASES, Tally, HandClock())


async def test_given_what_is_known_then_it_is_saved_over(cases: Aggregates[Tally]) -> None:
    first = await cases.apply(KEY, hear("a"), known=ABSENT)
    second = await cases.apply(KEY, hear("b"), known=first)
    assert second is not None
    assert (second.version, second.state.heard) == (2, ("a", "b"))
    assert second == await cases.load(KEY)


async def test_given_something_older_is_known_then_it_is_decided_again_on_what_is_there(
    cases: Aggregates[Tally],
) -> None:
    first = await cases.apply(KEY, hear("a"))
    await cases.apply(KEY, hear("b"))
    for known in (first, ABSENT):
        await cases.apply(KEY, hear("c"), known=known)
    after = await cases.load(KEY)
    assert after is not None
    assert after.state.heard == ("a", "b", "c", "c")


async def test_given_nothing_is_to_be_stored_then_the_answer_is_what_is_there(cases: Aggregates[Tally]) -> None:
    event, answer = proof_requested(KEY), identity_rejected(KEY)
    old = await cases.apply(KEY, hear("a"))
    new = await cases.apply(KEY, hear("b", answer), consumed=event)
    for known in (old, ABSENT):
        assert await cases.apply(KEY, lambda _: None, known=known) == new
    # An event that was consumed meanwhile is not consumed again, and a re-driven one is answered.
    document = await cases.documents.get(CASES, KEY)
    assert document is not None
    await cases.documents.replace(CASES, {**document, "version": document["version"] + 1, "outbox": []})
    after = await cases.apply(KEY, hear("c"), consumed=event.redriven(), known=old)
    assert after is not None
    assert after.state.heard == ("a", "b")
    assert [from_document(event) for event in after.outbox] == [answer.redriven()]
