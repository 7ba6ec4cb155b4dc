"""One after the other under a key, side by side otherwise, and never too many."""

import asyncio

from madoguchi.bus.lanes import Lanes


async def test_order_under_a_key_and_a_limit_over_all() -> None:
    lanes = Lanes(width=5)
    done: list[tuple[bytes, int]] = []
    running = most = 0

    async def work(key: bytes, number: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001)
        running -= 1
        done.append((key, number))

    for number in range(100):
        key = b"%d" % (number % 7)
        lanes.submit(key, lambda key=key, number=number: work(key, number))  # type: ignore[misc]
    assert len(lanes) == 100
    assert await lanes.settled(5)
    assert len(lanes) == 0
    assert 1 < most <= 5
    for lane in range(7):
        numbers = [number for key, number in done if key == b"%d" % lane]
        assert numbers == sorted(numbers)


async def test_cancelling_ends_what_waits_too() -> None:
    lanes = Lanes(width=1)
    for _ in range(3):
        lanes.submit(b"k", asyncio.Event().wait)  # type: ignore[arg-type]
    assert not await lanes.settled(0.01)
    await lanes.cancel()
    assert len(lanes) == 0
