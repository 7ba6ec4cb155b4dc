"""Two processes of one service share the work; one more or one less loses nothing."""

import asyncio

from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.events import Event
from suites.bus.world import World, until


async def brief(_envelope: Envelope[Event]) -> None:
    await asyncio.sleep(0.002)


async def test_two_processes_share_the_partitions_and_lose_nothing_when_one_leaves(world: World) -> None:
    first = await world.reader(brief)
    before = [world.event(number) for number in range(200)]
    await world.producer.send(before)
    second = await world.reader(brief)
    during = [world.event(1000 + number) for number in range(400)]
    await world.producer.send(during)
    everything = {e.id for e in (*before, *during)}
    await until(lambda: everything <= {*first.ids(), *second.ids()})
    assert first.heard
    assert second.heard
    await first.stop()
    after = [world.event(5000 + number) for number in range(200)]
    await world.producer.send(after)
    await until(lambda: {e.id for e in after} <= set(second.ids()))


async def test_order_under_a_key_holds_across_a_rebalance(world: World) -> None:
    """Repeats are allowed; what is heard for the first time comes in order."""
    first = await world.reader(brief)
    sent = [world.event(number % 10, key=str(number)) for number in range(300)]
    sending = asyncio.create_task(_slowly(world, sent))
    second = await world.reader(brief)
    await sending
    await until(lambda: {e.id for e in sent} <= {*first.ids(), *second.ids()})
    for number in range(10):
        request = world.request(number)
        wanted = [e.id for e in sent if e.request_id == request]
        for reader in (first, second):
            heard = [e.id for e in reader.heard if e.request_id == request]
            firsts = list(dict.fromkeys(heard))
            assert firsts == [identifier for identifier in wanted if identifier in set(firsts)]


async def _slowly(world: World, sent: list[Envelope[Event]]) -> None:
    for start in range(0, len(sent), 10):
        await world.producer.send(sent[start : start + 10])
        await asyncio.sleep(0.05)
