"""Whole threads, from the first message to the certificate: how many, what they cost whom, how long one waits."""

import asyncio
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from bench.figures import Context, Figure, at_least, at_most
from bench.measure import Spread, cpu_of, spread
from bench.running import bare, layout, number_of, servers
from bench.threads import start_all
from crowd.arriving import Crowd
from crowd.clerk import on_duty
from crowd.stories import Story, plain
from crowd.world import opened
from madoguchi.contracts.flow import SERVICES
from madoguchi_sandbox.launcher.stack import Stack

WIDTH = 24
"""Residents at a time in the closed loop."""
PER_CORE_SECOND = 20.0
IDLE_P95_MILLISECONDS = 1000.0
ALONE = 30
"""Residents one after another, when nobody else is there."""
BURST, AFTERWARDS = 5.0, 0.25
"""Arrivals for so many times, and then at so many times, what the closed loop showed."""
LONGEST_DRAIN = 900.0


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed loop: threads a second, and processor milliseconds of one thread by process."""

    rate: float
    cost: Mapping[str, float]

    @property
    def services(self) -> float:
        """Processor milliseconds in the four services."""
        return sum(self.cost[name] for name in SERVICES)


@dataclass(frozen=True, slots=True)
class Town:
    """Residents without end, and their diary."""

    crowd: Crowd
    stories: Iterator[Story]
    diary: Path
    seconds: float

    async def one_by_one(self, count: int) -> Spread:
        """Each when the one before has left."""
        since = time.time()
        for story in islice(self.stories, count):
            await self.crowd.play(story)
        return waits(self.diary, since)

    async def at_a_time(self, width: int, stack: Stack) -> Closed:
        """A closed loop."""
        before, own, ended = cpu_of(stack.pids), time.process_time(), self.crowd.counts["ended"]
        began = time.monotonic()
        await self.crowd.queueing(self.stories, width, self.seconds)
        took, count = time.monotonic() - began, self.crowd.counts["ended"] - ended
        spent = {name: seconds - before[name] for name, seconds in cpu_of(stack.pids).items()}
        spent["driver"] = time.process_time() - own
        return Closed(count / took, {name: 1000 * seconds / count for name, seconds in spent.items()})

    async def steadily(self, rate: float) -> Spread:
        """At a steady rate for the time of a measurement."""
        since = time.time()
        await self.crowd.steadily(islice(self.stories, max(20, round(rate * self.seconds))), rate)
        return waits(self.diary, since)

    async def burst(self, capacity: float) -> list[Figure]:
        """Far too many for a while; then few, until those who came first have been served, and a while longer."""
        rate, failed = BURST * capacity, self.crowd.counts["failed"]
        came = asyncio.create_task(self.crowd.steadily(islice(self.stories, round(rate * self.seconds)), rate))
        await asyncio.sleep(self.seconds)
        over, most = time.monotonic(), self.crowd.present
        few = asyncio.create_task(self._until(came, AFTERWARDS * capacity))
        await asyncio.wait_for(came, LONGEST_DRAIN)
        drained = time.monotonic() - over
        await few
        after = await self.steadily(AFTERWARDS * capacity)
        name = f"burst of {BURST:g} × capacity for {self.seconds:.0f} s"
        return [
            Figure(f"{name}: residents in trouble", self.crowd.counts["failed"] - failed, "", goal=at_most(0)),
            Figure(f"{name}: at it at its end", most, "residents"),
            Figure(f"{name}: drained after", drained, "s", note=f"more came meanwhile, at {AFTERWARDS:g} × capacity"),
            Figure(f"{name}: evidence to notice afterwards, p95", after.p95, "ms"),
        ]

    async def _until(self, over: "asyncio.Task[None]", rate: float) -> None:
        tasks = []
        while not over.done():
            tasks.append(asyncio.create_task(self.crowd.play(next(self.stories))))
            await asyncio.sleep(1 / rate)
        await asyncio.gather(*tasks)


async def whole(context: Context) -> list[Figure]:
    """Everything on all cores: services, servers, sandbox and the crowd that drives them."""
    where = layout(context, "whole")
    diary = where.folder / "diary.jsonl"
    with servers(context, where) as stack:
        _, each = number_of(bare(context, where, "certificate", context.cores.service))
        start_all(stack, context.cores.every)
        async with opened(where, diary, LONGEST_DRAIN) as world, on_duty(where) as clerk:
            town = Town(Crowd(world, clerk), plain(10**9), diary, context.seconds)
            await town.one_by_one(5)  # to get warm
            idle = await town.one_by_one(ALONE)
            closed = await town.at_a_time(WIDTH, stack)
            half = await town.steadily(closed.rate / 2)
            burst = await town.burst(closed.rate)
    return [
        *_threads(closed, each),
        *_waits("alone", idle, IDLE_P95_MILLISECONDS),
        *_waits("at half load", half),
        *burst,
    ]


def _threads(closed: Closed, each: float) -> list[Figure]:
    per_core, goal = 1000 / closed.services, at_least(PER_CORE_SECOND)
    against = "certificates in a bare loop"
    return [
        Figure(
            f"whole threads, {WIDTH} residents at a time", closed.rate, "/s", note="all processes on the same cores"
        ),
        Figure("whole threads by processor time in the services", per_core, "/core s", 1000 / each, against, goal),
        *(Figure(f"processor time of a thread: {name}", cost, "ms") for name, cost in closed.cost.items()),
    ]


def _waits(when: str, found: Spread, goal: float | None = None) -> list[Figure]:
    name = f"evidence to notice, {when}"
    return [
        Figure(f"{name}: p50", found.p50, "ms"),
        Figure(f"{name}: p95", found.p95, "ms", goal=None if goal is None else at_most(goal)),
    ]


def waits(diary: Path, since: float) -> Spread:
    """Milliseconds from handing in evidence to the notice that follows it, of those who handed it in since then."""
    handed_in: dict[str, float] = {}
    found = []
    for line in diary.read_text("utf-8").splitlines():
        record = json.loads(line)
        if record["kind"] != "step":
            continue
        began = datetime.fromisoformat(record["began"]).timestamp()
        if record["name"] == "evidence" and began >= since:
            handed_in[record["thread"]] = began
        elif record["name"] == "fee_due" and record["thread"] in handed_in:
            found.append(1000 * (began + record["seconds"] - handed_in[record["thread"]]))
    return spread(found)
