"""A system with residents in it, for operators' acts; afterwards the auditor of the fault runs looks at it."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from chaos.audit import Report, audit
from chaos.evidence import gather
from chaos.plaintext_scan import of_topics
from chaos.run import quiet
from chaos.system import PACE, Attacked, attacked
from crowd.arriving import Crowd
from crowd.clerk import on_duty
from crowd.stories import Story, mixed
from crowd.world import World, opened
from e2e.inside import everything
from madoguchi.contracts.flow import SERVICES
from madoguchi_sandbox.launcher.plan import SANDBOX, Rung, command, environment

PATIENCE: Final = 120.0
"""Seconds a resident waits for one thing."""
SILENCE: Final = 12.0
"""Seconds without news outside until all counts as quiet; no channel fails here."""


@dataclass(slots=True)
class Operated:
    """The system and its residents."""

    system: Attacked
    world: World
    crowd: Crowd
    stories: list[Story]
    desk: AsyncExitStack
    """The clerk's keys and connections."""

    @property
    def folder(self) -> Path:
        """The run-time folder."""
        return self.system.layout.folder

    async def arrive(self, count: int, per_second: float) -> None:
        """So many more residents; returns when they have left."""
        coming, self.stories = self.stories[:count], self.stories[count:]
        await self.crowd.steadily(coming, per_second)

    async def roll(self) -> None:
        """A rolling restart: of each service one instance goes on working while the other is replaced."""
        for instance in self.system.instances:
            await self.replace(f"{name}-{instance}" for name in SERVICES)
        await self.clerk_anew()

    async def replace(self, keys: Iterable[str]) -> None:
        """SIGTERM, and new ones, which read their policies and secrets afresh."""
        keys = list(keys)
        await asyncio.gather(*(asyncio.to_thread(self.system.services.terminate, key) for key in keys))
        for key in keys:
            self.system.begin(key)
        await self.system.ready(*keys)

    async def clerk_anew(self) -> None:
        """The clerk's desk reads its keys and connects afresh, as the console does when it is rolled."""
        desk, before, clerk = AsyncExitStack(), self.desk, self.crowd.clerk
        fresh = await desk.enter_async_context(on_duty(self.system.layout))
        clerk.vault, clerk.producer, clerk.towns = fresh.vault, fresh.producer, fresh.towns
        self.desk = desk
        await before.aclose()

    async def replace_outside(self) -> None:
        """The outside world is told of new secrets: here, it starts again and reads them."""
        await asyncio.to_thread(self.system.services.terminate, SANDBOX)
        self.system.services.start(SANDBOX)
        await self.system.ready(SANDBOX)

    async def operator(self, *line: str) -> str:
        """What an operator types: `madoguchi …`. Raises `CalledProcessError` when it ends with other than 0."""
        layout = self.system.layout
        program = str(Path(command(layout, "identity")[0]).with_name("madoguchi"))
        where = environment(layout, "identity")
        done = await asyncio.to_thread(
            subprocess.run, [program, *line], env=where, capture_output=True, text=True, check=False, timeout=300
        )
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, line, done.stdout, done.stderr)
        return done.stdout.strip()

    async def audited(self) -> Report:
        """Once nothing arrives anywhere any more."""
        await quiet(self.folder / "sandbox", SILENCE)
        records = of_topics(await everything(self.system.services))
        return audit(await gather(self.system.services, records=records))


@asynccontextmanager
async def operated(
    folder: Path, base_port: int, rung: Rung, instances: Sequence[int] = (1, 2)
) -> AsyncIterator[Operated]:
    """A system of its own in an empty folder, with residents about to come."""
    (folder / "chaos").mkdir(parents=True)
    async with AsyncExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in PACE.items():
            patch.setenv(name, value)
        system = await stack.enter_async_context(attacked(folder, base_port, rung, tuple(instances), {}))
        world = await stack.enter_async_context(opened(system.layout, folder / "chaos" / "diary.jsonl", PATIENCE))
        desk = AsyncExitStack()
        clerk = await desk.enter_async_context(on_duty(system.layout))
        # Nobody is sent to the clerk on purpose: a decision that nobody had read would be lost with the topics.
        stories = [story for story in mixed(5, 400) if not story.plot.startswith("clerk")]
        running = Operated(system, world, Crowd(world, clerk), stories, desk)
        try:
            yield running
        finally:
            await running.desk.aclose()
