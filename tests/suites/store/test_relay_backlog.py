"""The relay with much at hand: it does not read again what it knows, and what cannot be published hides nothing."""

from collections.abc import Sequence

import pytest

from counting import counted
from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.events import Event
from madoguchi.store import relay
from madoguchi.store.aggregates import Aggregates
from madoguchi.testing.clock import HandClock
from madoguchi.testing.events import request_id
from suites.store.relaying import CASES, Broker, State, emit, running, until

BACKLOG = 8


@pytest.fixture(autouse=True)
def _enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "ENOUGH", BACKLOG)


async def test_while_much_is_being_published_the_store_is_not_looked_at(
    cases: Aggregates[State], broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = relay.Relay([cases], broker.send, HandClock())
    for number in range(BACKLOG):
        await emit(cases, request_id(number), "1")
    calls = counted(cases.documents, monkeypatch)
    one._moved = True
    await one._look()
    assert calls == []
    await one._look()
    assert calls == ["find"], "nothing was published since: what is at hand may all be in vain"


async def test_what_cannot_be_published_hides_nothing(cases: Aggregates[State]) -> None:
    good: list[str] = []
    late = request_id(99)

    async def send(envelopes: Sequence[Envelope[Event]]) -> None:
        if envelopes[0].request_id != late:
            raise ValueError
        good.append(envelopes[0].request_id)

    other = Aggregates(cases.documents, CASES, State, HandClock())
    clock = HandClock()
    mine = Aggregates(cases.documents, CASES, State, clock)
    async with running(mine, send=send, clock=clock, every=0.02):
        for number in range(1, BACKLOG + 3):
            await emit(mine, request_id(number), "1")
        await emit(other, late, "1")
        clock.move(3)
        await until(lambda: good == [late])
