"""The relay: at once, in order, together, again when it must be, and nothing lost."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.events import Event
from madoguchi.store.aggregates import Aggregates, Change, collection
from madoguchi.store.port import Document, Documents
from madoguchi.store.relay import Relay
from madoguchi.testing.clock import HandClock
from madoguchi.testing.events import identity_rejected, request_id

KEY = request_id()
CASES = collection("cases")


class State(BaseModel):
    """A state that says nothing."""


class Broker:
    """Remembers what was acknowledged; fails or waits when told to."""

    def __init__(self) -> None:
        self.acknowledged: list[Envelope[Event]] = []
        self.calls = 0
        self.failures = 0
        self.open = asyncio.Event()
        self.open.set()
        self.at_once = self.most_at_once = 0

    async def send(self, envelopes: Sequence[Envelope[Event]]) -> None:
        self.calls += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self.open.wait()
            if self.failures:
                self.failures -= 1
                self.acknowledged.append(envelopes[0])  # some of it arrived all the same
                raise ConnectionError
            self.acknowledged.extend(envelopes)
        finally:
            self.at_once -= 1

    @property
    def ids(self) -> list[str]:
        return [envelope.id for envelope in self.acknowledged]


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
async def cases(documents: Documents) -> Aggregates[State]:
    await documents.prepare([CASES])
    return Aggregates(documents, CASES, State, HandClock())


@asynccontextmanager
async def running(
    *cases: Aggregates[State], send: Any, clock: HandClock | None = None, every: float = 0.05
) -> AsyncIterator[Relay]:
    relay = Relay(cases, send, clock or HandClock(), every=every, most_wait=0.05)
    task = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def emit(cases: Aggregates[State], key: str, *names: str) -> None:
    await cases.apply(key, lambda _state: Change(State(), tuple(identity_rejected(key, name) for name in names)))


async def stored(cases: Aggregates[State], key: str = KEY) -> Document:
    document = await cases.documents.get(cases.collection, key)
    assert document is not None
    return document


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - what is watched knows of no event
            await asyncio.sleep(0.002)


async def test_what_is_saved_is_published_at_once_in_order_and_taken_out(
    cases: Aggregates[State], broker: Broker
) -> None:
    async with running(cases, send=broker.send, every=3600) as relay:
        await asyncio.sleep(0.01)
        await emit(cases, KEY, "1", "2", "3")
        await until(lambda: len(broker.acknowledged) == 3)
        await relay.drained()
    assert broker.ids == [identity_rejected(KEY, name).id for name in "123"]
    document = await stored(cases)
    assert document["outbox"] == []
    assert "outbox_at" not in document
    assert len(document["sent"]) == 3


async def test_one_save_costs_one_more_write_and_no_read(
    cases: Aggregates[State], broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    for name in ("get", "insert", "replace"):
        original = getattr(cases.documents, name)

        async def counted(*args: Any, name: str = name, original: Any = original) -> Any:
            calls.append(name)
            return await original(*args)

        monkeypatch.setattr(cases.documents, name, counted)
    async with running(cases, send=broker.send) as relay:
        await emit(cases, KEY, "1", "2")
        await relay.drained()
    assert calls == ["get", "insert", "replace"]
    assert broker.calls == 1


async def test_what_a_dead_process_left_is_published_at_the_start(cases: Aggregates[State], broker: Broker) -> None:
    await emit(cases, KEY, "1")
    other = Aggregates(cases.documents, CASES, State, HandClock())
    async with running(other, send=broker.send):
        await until(lambda: broker.ids == [identity_rejected(KEY, "1").id])


async def test_what_another_process_saved_is_left_to_it_for_a_while(cases: Aggregates[State], broker: Broker) -> None:
    clock = HandClock()
    mine = Aggregates(cases.documents, CASES, State, clock)
    async with running(mine, send=broker.send, clock=clock):
        await asyncio.sleep(0.02)
        await emit(cases, KEY, "1")
        await asyncio.sleep(0.15)
        assert broker.calls == 0
        clock.move(timedelta(seconds=3).total_seconds())
        await until(lambda: broker.calls == 1)


async def test_wake_looks_at_the_store_at_once(cases: Aggregates[State], broker: Broker) -> None:
    mine = Aggregates(cases.documents, CASES, State, HandClock())
    async with running(mine, send=broker.send, every=3600) as relay:
        await asyncio.sleep(0.02)
        await emit(cases, KEY, "1")
        relay.wake()
        await until(lambda: broker.calls == 1)


async def test_aggregates_are_published_together(cases: Aggregates[State], broker: Broker) -> None:
    broker.open.clear()
    async with running(cases, send=broker.send) as relay:
        await asyncio.gather(*(emit(cases, request_id(n), "1", "2") for n in range(20)))
        await until(lambda: broker.at_once == 20)
        broker.open.set()
        await relay.drained()
    assert len(broker.acknowledged) == 40


async def test_inside_one_aggregate_one_after_the_other(cases: Aggregates[State], broker: Broker) -> None:
    async with running(cases, send=broker.send) as relay:
        for name in range(30):
            await emit(cases, KEY, str(name))
            await asyncio.sleep(0)
        await relay.drained()
    assert broker.most_at_once == 1
    first_seen = list(dict.fromkeys(broker.ids))
    assert first_seen == [identity_rejected(KEY, str(name)).id for name in range(30)]
    assert (await stored(cases))["outbox"] == []


async def test_what_is_added_while_publishing_stays_and_follows(cases: Aggregates[State], broker: Broker) -> None:
    broker.open.clear()
    async with running(cases, send=broker.send) as relay:
        await emit(cases, KEY, "1")
        await until(lambda: broker.at_once == 1)
        await emit(cases, KEY, "2")
        broker.open.set()
        await relay.drained()
    assert broker.ids == [identity_rejected(KEY, name).id for name in "12"]
    assert (await stored(cases))["outbox"] == []


async def test_given_failures_then_it_tries_again_and_loses_nothing(cases: Aggregates[State], broker: Broker) -> None:
    broker.failures = 3
    async with running(cases, send=broker.send) as relay:
        await emit(cases, KEY, "1", "2")
        await relay.drained()
    one, two = (identity_rejected(KEY, name).id for name in "12")
    assert broker.ids == [one, one, one, one, two]
    assert (await stored(cases))["outbox"] == []


async def test_given_a_crash_between_publishing_and_taking_out_then_it_repeats_with_the_same_id(
    cases: Aggregates[State], broker: Broker
) -> None:
    died = asyncio.Event()

    async def send_and_die(envelopes: Sequence[Envelope[Event]]) -> None:
        await broker.send(envelopes)
        died.set()
        await asyncio.Event().wait()

    async with running(cases, send=send_and_die):
        await emit(cases, KEY, "1")
        await died.wait()
    assert len((await stored(cases))["outbox"]) == 1
    async with running(cases, send=broker.send):
        await until(lambda: len(broker.acknowledged) == 2)
    assert broker.acknowledged[0] == broker.acknowledged[1]


async def test_one_that_cannot_be_published_does_not_hold_up_the_others(cases: Aggregates[State]) -> None:
    good: list[str] = []

    async def send(envelopes: Sequence[Envelope[Event]]) -> None:
        if envelopes[0].request_id == KEY:
            raise ValueError
        good.extend(envelope.request_id for envelope in envelopes)

    async with running(cases, send=send):
        for n in range(1, 11):
            await emit(cases, request_id(n), "1")
        await until(lambda: len(good) == 9)
    assert len((await stored(cases))["outbox"]) == 1


async def test_two_relays_lose_nothing_and_keep_the_order(cases: Aggregates[State], broker: Broker) -> None:
    other = Aggregates(cases.documents, CASES, State, HandClock())
    async with running(cases, send=broker.send) as one, running(other, send=broker.send) as two:
        for name in range(20):
            await asyncio.gather(emit(cases, KEY, f"a{name}"), emit(other, KEY, f"b{name}"))
            two.wake()
        await one.drained()
        await two.drained()
        await until(lambda: len(set(broker.ids)) == 40)
    document = await stored(cases)
    assert list(dict.fromkeys(broker.ids)) == [event["id"] for event in document["sent"]]


async def test_a_relay_keeps_what_a_newer_version_of_the_service_wrote(
    cases: Aggregates[State], broker: Broker
) -> None:
    await emit(cases, KEY, "1")
    document = await stored(cases)
    newer = {**document, "version": 2, "state": {"new": "field"}, "another": 1}
    await cases.documents.replace(CASES, newer)
    async with running(cases, send=broker.send):
        await until(lambda: broker.calls > 0)
        await asyncio.sleep(0.1)
    after = await stored(cases)
    assert (after["state"], after["another"], after["outbox"]) == ({"new": "field"}, 1, [])
