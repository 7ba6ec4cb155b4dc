"""The relay: at once, in order, together, and at little cost."""

import asyncio

import pytest

from counting import counted
from madoguchi.store.aggregates import Aggregates
from madoguchi.testing.clock import HandClock
from madoguchi.testing.events import identity_rejected, request_id
from suites.store.relaying import CASES, KEY, Broker, State, emit, running, stored, until


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
    calls = counted(cases.documents, monkeypatch)
    async with running(cases, send=broker.send, every=3600) as relay:
        await until(lambda: calls == ["find"])  # its look at the start, which might see what is saved meanwhile
        await emit(cases, KEY, "1", "2")
        await relay.drained()
    assert calls == ["find", "get", "insert", "replace"]
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
        clock.move(3)
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
