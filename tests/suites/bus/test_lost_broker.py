"""The embedded broker is killed, and with it everything it held: everyone recovers by themselves, within seconds."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator

import pytest

from madoguchi.bus.connection import Connection
from madoguchi.bus.producer import NotSent
from madoguchi.bus.record import Record
from madoguchi.bus.watcher import Watcher
from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.events import Event
from madoguchi.contracts.flow import DETOURS
from madoguchi_sandbox.broker.front import Broker, running
from suites.bus.world import World, until

pytestmark = pytest.mark.embedded

RECOVERY_SECONDS = 10.0


@pytest.fixture
async def broker() -> AsyncIterator[Broker]:
    async with running("127.0.0.1", 0) as broker:
        yield broker


@pytest.fixture
async def world(broker: Broker) -> AsyncIterator[World]:
    world = World(Connection(f"127.0.0.1:{broker.port}", session_seconds=3.0), "0123456789ab")
    yield world
    await world.close()


async def send_again(world: World, events: list[Envelope[Event]]) -> None:
    """As the relay does: until it is acknowledged."""
    async with asyncio.timeout(RECOVERY_SECONDS):
        while True:
            try:
                return await world.producer.send(events)
            except NotSent:
                await asyncio.sleep(0.1)


async def publish_again(world: World, records: list[Record]) -> None:
    """Likewise, records as they are."""
    async with asyncio.timeout(RECOVERY_SECONDS):
        while True:
            try:
                return await world.producer.publish(records)
            except NotSent:
                await asyncio.sleep(0.1)


def kill(broker: Broker) -> None:
    pid = broker.child_pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


async def test_producer_and_consumer_recover_again_and_again(broker: Broker, world: World) -> None:
    reader = await world.reader()
    await world.producer.send([world.event(number) for number in range(200)])
    await until(lambda: len(reader.heard) == 200)
    for life in range(1, 4):
        kill(broker)
        began = time.monotonic()
        # More than before, so that positions and commits of the former life look plausible in the new one.
        sent = [world.event(1000 * life + number) for number in range(400)]
        await send_again(world, sent)
        await until(lambda sent=sent: {e.id for e in sent} <= set(reader.ids()), RECOVERY_SECONDS)  # type: ignore[misc]
        assert time.monotonic() - began < RECOVERY_SECONDS


async def test_a_commit_of_the_former_life_skips_nothing_in_the_new_one(broker: Broker, world: World) -> None:
    """The embedded broker takes a late commit for a fact about its new log; see `madoguchi.bus.incarnation`."""
    gate = asyncio.Event()

    async def act(_envelope: Envelope[Event]) -> None:
        await gate.wait()

    reader = await world.reader(act)
    await world.producer.send([world.event(number) for number in range(100)])
    await until(lambda: reader.consumer.was_assigned)
    await asyncio.sleep(0.3)
    kill(broker)
    sent = [world.event(1000 + number) for number in range(400)]
    await send_again(world, sent)
    gate.set()  # now offsets of the former life are committed
    await until(lambda: {e.id for e in sent} <= set(reader.ids()), RECOVERY_SECONDS)


async def test_a_process_that_starts_while_the_broker_is_away_waits_for_it(broker: Broker, world: World) -> None:
    kill(broker)
    reader = await world.reader()
    await send_again(world, [world.event(1)])
    await until(lambda: world.event(1).id in reader.ids(), RECOVERY_SECONDS)


async def test_sending_to_nobody_fails_soon_and_draining_does_not_hang(world: World) -> None:
    from madoguchi.bus.producer import Producer

    async with Producer(Connection("127.0.0.1:1"), "suite", send_seconds=2.0) as producer:
        with pytest.raises(NotSent):
            await producer.send([world.event(1)])


async def test_draining_without_a_broker_ends(broker: Broker, world: World) -> None:
    reader = await world.reader()
    pid = broker.child_pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        await reader.stop()
        assert time.monotonic() - began < 20
    finally:
        os.kill(pid, signal.SIGCONT)


async def test_a_watcher_sees_what_comes_after_the_broker_lost_everything(broker: Broker, world: World) -> None:
    seen: list[bytes | None] = []

    async def see(record: Record) -> None:
        seen.append(record.key)

    watcher = asyncio.create_task(Watcher("watch", DETOURS, world.connection, see).run())
    try:
        for life in range(3):
            if life:
                kill(broker)
            keys = [f"{life}-{number}".encode() for number in range(20)]
            records = [Record("madoguchi.notify.dead-letter", key, b"x") for key in keys]
            await publish_again(world, records)
            await until(lambda keys=keys: set(keys) <= set(seen))  # type: ignore[misc]
    finally:
        watcher.cancel()
        await asyncio.wait({watcher})
