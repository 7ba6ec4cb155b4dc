"""Residents arriving: at a steady rate, whatever becomes of those before them; or each when the last one has left."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import structlog

from crowd.api import ApiThread
from crowd.chat import ChatThread
from crowd.clerk import Clerk
from crowd.stories import Story
from crowd.world import Lines, World

log = structlog.get_logger("crowd")


@dataclass(slots=True)
class Crowd:
    """Plays stories, and counts what became of them."""

    world: World
    clerk: Clerk
    counts: Counter[str] = field(default_factory=Counter)
    """`begun`, `ended`, `failed`."""
    seconds: list[float] = field(default_factory=list)
    """How long each thread that ended took."""
    done: Callable[[Story], None] = field(default=lambda _story: None)

    @property
    def present(self) -> int:
        """How many are at it now."""
        return self.counts["begun"] - self.counts["ended"] - self.counts["failed"]

    async def play(self, story: Story) -> None:
        """One thread. What goes wrong is counted and in the diary, where the auditor finds it."""
        lines = Lines(self.world.diary, story.thread)
        kind = ChatThread if story.way == "chat" else ApiThread.of
        self.counts["begun"] += 1
        began = time.monotonic()
        try:
            await kind(self.world, story, self.clerk, lines).play()
        except Exception as error:  # noqa: BLE001 - one resident's trouble is not the others'
            self.counts["failed"] += 1
            lines.note("failed", error=type(error).__qualname__)
            log.warning("thread_failed", thread=story.thread, error=type(error).__qualname__, detail=str(error)[:200])
            return
        self.counts["ended"] += 1
        self.seconds.append(time.monotonic() - began)
        self.done(story)

    async def steadily(self, stories: Iterable[Story], per_second: float) -> None:
        """Open loop: one after another at a steady rate; returns when all have left."""
        loop, tasks = asyncio.get_running_loop(), []
        began = loop.time()
        for number, story in enumerate(stories):
            await asyncio.sleep(max(0.0, began + number / per_second - loop.time()))
            tasks.append(asyncio.create_task(self.play(story)))
        await asyncio.gather(*tasks)

    async def queueing(self, stories: Iterator[Story], width: int, seconds: float) -> None:
        """Closed loop: `width` residents at a time, the next when one has left, for so long; those inside finish."""
        end = time.monotonic() + seconds

        async def counter() -> None:
            while time.monotonic() < end and (story := next(stories, None)) is not None:
                await self.play(story)

        await asyncio.gather(*(counter() for _ in range(width)))
