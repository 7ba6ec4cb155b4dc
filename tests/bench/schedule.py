"""Open-loop load: every request has its moment, whether or not the ones before were answered.

Latency counts from that moment, not from when the driver got round to it, so a service that stops answering for a
while pays for everyone who would have come meanwhile (no coordinated omission).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from bench.measure import Spread, spread

Send = Callable[[int], Awaitable[bool]]
"""Sends the request of that number; whether it was answered well."""


def arrivals(rate: float, seconds: float) -> list[float]:
    """Moments in seconds from the start, evenly spaced."""
    return [number / rate for number in range(round(rate * seconds))]


@dataclass(slots=True)
class Outcome:
    """What became of a load."""

    milliseconds: list[float] = field(default_factory=list)
    """Of those answered well."""
    failed: int = 0
    late: list[float] = field(default_factory=list)
    """Milliseconds between a request's moment and its sending: the driver's own delay."""
    seconds: float = 0.0
    """Until the last answer."""

    @property
    def spread(self) -> Spread:
        """Percentiles of the answered ones."""
        return spread(self.milliseconds)

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return len(self.milliseconds) / self.seconds


async def open_loop(send: Send, moments: Sequence[float], clock: Callable[[], float] = time.perf_counter) -> Outcome:
    """Send at these moments, however many are under way."""
    outcome, tasks, began = Outcome(), set[asyncio.Task[None]](), clock()

    async def one(number: int, due: float) -> None:
        outcome.late.append((clock() - due) * 1000)
        good = await _quietly(send, number)
        if good:
            outcome.milliseconds.append((clock() - due) * 1000)
        else:
            outcome.failed += 1

    for number, moment in enumerate(moments):
        due = began + moment
        if (wait := due - clock()) > 0:
            await asyncio.sleep(wait)
        task = asyncio.create_task(one(number, due))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    if tasks:
        await asyncio.wait(set(tasks))
    outcome.seconds = clock() - began
    return outcome


async def closed_loop(
    send: Send,
    width: int,
    seconds: float,
    most: int = 10**9,
    clock: Callable[[], float] = time.perf_counter,
) -> Outcome:
    """`width` callers, each sending as soon as it was answered, until the time is over or `most` were sent."""
    outcome, began, numbers = Outcome(), clock(), iter(range(most))

    async def caller() -> None:
        for number in numbers:
            if clock() - began >= seconds:
                return
            sent = clock()
            if await _quietly(send, number):
                outcome.milliseconds.append((clock() - sent) * 1000)
            else:
                outcome.failed += 1

    await asyncio.gather(*(caller() for _ in range(width)))
    outcome.seconds = clock() - began
    return outcome


async def _quietly(send: Send, number: int) -> bool:
    try:
        return await send(number)
    except (OSError, TimeoutError):
        return False
