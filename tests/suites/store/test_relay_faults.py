"""The relay when something fails: again when it must be, nothing lost, nobody held up by another."""

import asyncio
from collections.abc import Sequence

from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.events import Event
from madoguchi.store.aggregates import Aggregates
from madoguchi.testing.clock import HandClock
from madoguchi.testing.events import identity_rejected, request_id
from suites.store.relaying import CASES, KEY, Broker, State, emit, running, stored, until


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
    async with running(cases, send=broker.send) as relay:
        await until(lambda: broker.calls > 0)
        await relay.drained()
    after = await stored(cases)
    assert (after["state"], after["another"], after["outbox"]) == ({"new": "field"}, 1, [])
