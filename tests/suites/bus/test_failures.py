"""What cannot be handled: tried again, set aside, replayed once; poison does not stop the rest."""

import asyncio
import json

import pytest

from madoguchi.bus import dead_letters
from madoguchi.bus.codec import encode
from madoguchi.bus.dead_letters import AlreadyDiscarded, AlreadyReplayed, DeadLetter
from madoguchi.bus.record import Record
from madoguchi.bus.retry import Transient
from madoguchi.bus.watcher import Watcher
from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.events import Event
from madoguchi.contracts.flow import DETOURS
from suites.bus.world import World, now, until


async def dead(world: World, wanted: int = 1) -> list[DeadLetter]:
    """This test's dead letters, once there are so many."""
    async with asyncio.timeout(30):
        while True:
            letters = await dead_letters.listed(world.connection, ["notify"])
            mine = [x for x in letters if world.mark.encode() in (x.record.key or b"")]
            if len(mine) >= wanted:
                return mine
            await asyncio.sleep(0.1)


async def test_a_failure_that_passes_is_outlived_in_process(world: World) -> None:
    tries: list[str] = []

    async def act(envelope: Envelope[Event]) -> None:
        tries.append(envelope.id)
        if len(tries) == 1:
            raise ConnectionError

    reader = await world.reader(act)
    await world.producer.send([world.event(1)])
    await until(lambda: len(reader.heard) == 1)
    assert len(tries) == 2


async def test_a_longer_failure_is_tried_later_while_others_go_on(world: World) -> None:
    tries = 0

    async def act(envelope: Envelope[Event]) -> None:
        nonlocal tries
        if envelope.request_id == world.request(1):
            tries += 1
            if tries <= 5:  # two tries at once, each of three times
                raise Transient("busy")

    reader = await world.reader(act)
    await world.producer.send([world.event(1), *(world.event(number) for number in range(2, 30))])
    await until(lambda: len(reader.heard) == 28)
    assert world.event(1).id not in reader.ids()
    await until(lambda: len(reader.heard) == 29)
    assert tries == 6


async def test_what_never_works_is_set_aside_with_its_reason_and_replayed_once(world: World) -> None:
    broken = True

    async def act(_envelope: Envelope[Event]) -> None:
        if broken:
            raise Transient("no_register")

    reader = await world.reader(act)
    event = world.event(1)
    await world.producer.send([event])
    (letter,) = await dead(world)
    assert letter.error == "Transient:no_register"
    assert letter.attempts == 4
    assert letter.request_id == event.request_id
    assert letter.origin.topic == event.topic
    assert letter.origin.offset >= 0
    shown = dead_letters.shown(letter)
    assert shown["event_id"] == event.id
    json.dumps(shown)

    broken = False
    await dead_letters.replay(world.connection, world.producer, letter.id, now)
    await until(lambda: reader.ids() == [event.id])
    with pytest.raises(AlreadyReplayed):
        await dead_letters.replay(world.connection, world.producer, letter.id, now)
    (again,) = await dead(world)
    assert again.replayed


async def test_a_replay_that_fails_becomes_a_dead_letter_of_its_own(world: World) -> None:
    async def act(_envelope: Envelope[Event]) -> None:
        raise ValueError("text with 山田太郎 in it")

    await world.reader(act)
    await world.producer.send([world.event(1)])
    (letter,) = await dead(world)
    assert letter.error == "ValueError"
    await dead_letters.replay(world.connection, world.producer, letter.id, now)
    first, second = await dead(world, 2)
    assert first.replayed
    assert not second.replayed
    assert second.origin == first.origin
    assert all("山田" not in str(value) for x in (first, second) for value in x.record.headers)


async def test_a_discarded_dead_letter_waits_no_more_and_is_not_replayed(world: World) -> None:
    async def act(_envelope: Envelope[Event]) -> None:
        raise ValueError

    reader = await world.reader(act)
    await world.producer.send([world.event(1)])
    (letter,) = await dead(world)
    await dead_letters.discard(world.connection, world.producer, letter.id, "duplicate")
    (after,) = await dead(world)
    assert (after.waiting, after.replayed, after.discarded) == (False, False, "duplicate")
    with pytest.raises(AlreadyDiscarded):
        await dead_letters.replay(world.connection, world.producer, letter.id, now)
    with pytest.raises(AlreadyDiscarded):
        await dead_letters.discard(world.connection, world.producer, letter.id, "duplicate")
    assert reader.heard == []


async def test_of_several_dead_letters_those_asked_for_are_picked(world: World) -> None:
    async def act(_envelope: Envelope[Event]) -> None:
        raise ValueError

    await world.reader(act)
    await world.producer.send([world.event(number) for number in (1, 2, 3)])
    first, second, third = await dead(world, 3)
    await dead_letters.discard(world.connection, world.producer, second.id, "test")
    there = await dead_letters.picked(world.connection, "notify", {second.id, third.id, "notify:0:999999999", "x"})
    assert set(there) == {second.id, third.id}
    assert [there[one.id].waiting for one in (second, third)] == [False, True]
    assert await dead_letters.picked(world.connection, "identity", {first.id}) == {}


async def test_a_watcher_sees_retries_dead_letters_and_markers_as_they_are(world: World) -> None:
    async def act(_envelope: Envelope[Event]) -> None:
        raise ValueError

    seen: list[Record] = []

    async def see(record: Record) -> None:
        if world.mark.encode() in (record.key or b""):
            seen.append(record)

    watcher = asyncio.create_task(Watcher(f"watch-{world.mark}", DETOURS, world.connection, see).run())
    try:
        await world.reader(act)
        await world.producer.send([world.event(1)])
        (letter,) = await dead(world)
        await dead_letters.replay(world.connection, world.producer, letter.id, now)
        await until(lambda: any(dead_letters.is_marker(record) for record in seen))
    finally:
        watcher.cancel()
        await asyncio.wait({watcher})
    topics = [record.topic for record in seen]
    assert topics.count("madoguchi.notify.retry.1m") >= 1
    assert next(x for x in seen if x.topic == letter.record.topic) == letter.record
    assert all(record.at > 0 for record in seen)


async def test_poison_is_set_aside_at_once_and_the_rest_is_handled(world: World) -> None:
    good = encode(world.event(1))
    key = world.request(7).encode()
    poison = [
        Record(good.topic, key, b"\xff\xfe not json", good.headers),
        Record(good.topic, key, None, ()),
        Record(good.topic, key, good.value, tuple((n, b"\xff" if n == "ce_id" else v) for n, v in good.headers)),
        Record(good.topic, key, b"x" * 900_000, (("junk", b"\xff\x00"),)),
    ]
    reader = await world.reader()
    await world.producer.publish([*poison, good])
    await until(lambda: reader.ids() == [world.event(1).id])
    letters = await dead(world, len(poison))
    reasons = [letter.error for letter in letters]
    assert sorted(reasons) == sorted(["invalid_data", "missing_content-type", "missing_content-type", "not_utf8_ce_id"])
    assert all(not letter.readable for letter in letters)


async def test_events_of_others_pass_by(world: World) -> None:
    """A foreign header that is not text, and an event we do not know, do not harm."""
    known = encode(world.event(2))
    foreign = Record(known.topic, known.key, known.value, (*known.headers, ("x-foreign", b"\xff\xfe"), ("null", None)))
    reader = await world.reader()
    await world.producer.publish([foreign])
    await until(lambda: reader.ids() == [world.event(2).id])
