"""Order under each key, offsets only after the handler, repeats after a crash."""

import asyncio
import random

from madoguchi.bus.session import Flow
from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.events import Event
from suites.bus.world import World, until


async def test_events_of_one_request_are_handled_in_the_order_they_were_sent(world: World) -> None:
    async def slow(_envelope: Envelope[Event]) -> None:
        await asyncio.sleep(random.random() * 0.004)

    reader = await world.reader(slow)
    sent = [world.event(number % 20, key=str(number)) for number in range(400)]
    await world.producer.send(sent)
    await until(lambda: len(reader.heard) >= len(sent))
    for number in range(20):
        request = world.request(number)
        assert [e.id for e in reader.heard if e.request_id == request] == [
            e.id for e in sent if e.request_id == request
        ]


async def test_different_requests_do_not_wait_for_each_other(world: World) -> None:
    gate = asyncio.Event()

    async def act(envelope: Envelope[Event]) -> None:
        if envelope.request_id == world.request(0):
            await gate.wait()

    reader = await world.reader(act)
    await world.producer.send([world.event(number) for number in range(50)])
    await until(lambda: len(reader.heard) == 49)
    gate.set()
    await until(lambda: len(reader.heard) == 50)


async def test_what_was_handled_is_not_heard_again_by_the_next_process(world: World) -> None:
    first = await world.reader()
    await world.producer.send([world.event(number) for number in range(30)])
    await until(lambda: len(first.heard) == 30)
    await first.stop()
    second = await world.reader()
    await world.producer.send([world.event(99)])
    await until(lambda: bool(second.heard))
    assert second.ids() == [world.event(99).id]


async def test_what_was_not_finished_when_the_process_crashed_is_heard_again(world: World) -> None:
    started: list[str] = []

    async def hang(envelope: Envelope[Event]) -> None:
        started.append(envelope.id)
        await asyncio.Event().wait()

    first = await world.reader(hang)
    await world.producer.send([world.event(number) for number in range(10)])
    await until(lambda: len(started) == 10)
    await first.crash()
    assert first.heard == []
    second = await world.reader()
    await until(lambda: set(second.ids()) == set(started))


async def test_an_unfinished_record_holds_the_offset_but_not_those_behind_it(world: World) -> None:
    """The crash repeats what came after the unfinished one in its partition, and loses nothing."""

    async def act(envelope: Envelope[Event]) -> None:
        if envelope.id == world.event(0).id:
            await asyncio.Event().wait()

    first = await world.reader(act)
    sent = [world.event(number) for number in range(40)]
    await world.producer.send(sent)
    await until(lambda: len(first.heard) == 39)
    await asyncio.sleep(0.2)
    await first.crash()
    second = await world.reader()
    await until(lambda: sent[0].id in second.ids())
    assert len(second.ids()) < len(sent), "what was finished elsewhere should have been committed"


async def test_draining_finishes_what_is_at_hand_and_takes_nothing_new(world: World) -> None:
    started: list[str] = []

    async def slow(envelope: Envelope[Event]) -> None:
        started.append(envelope.id)
        await asyncio.sleep(0.3)

    first = await world.reader(slow, flow=Flow(width=8, most_in_flight=8, per_poll=8, drain_seconds=5.0))
    await world.producer.send([world.event(number) for number in range(200)])
    await until(lambda: bool(started))
    await first.stop()
    assert sorted(first.ids()) == sorted(started)
    assert len(started) < 200
    second = await world.reader()
    await until(lambda: len(second.heard) >= 200 - len(started))
    assert set(second.ids()) | set(first.ids()) == {world.event(number).id for number in range(200)}
    assert not set(second.ids()) & set(first.ids())


async def test_reading_pauses_while_too_much_is_in_flight(world: World) -> None:
    gate = asyncio.Event()
    running = 0
    most = 0

    async def act(_envelope: Envelope[Event]) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await gate.wait()
        running -= 1

    reader = await world.reader(act, flow=Flow(width=1000, most_in_flight=40, per_poll=20, drain_seconds=5.0))
    await world.producer.send([world.event(number) for number in range(300)])
    await until(lambda: running >= 40)
    await asyncio.sleep(0.5)
    assert most < 100
    gate.set()
    await until(lambda: len(reader.heard) == 300)
