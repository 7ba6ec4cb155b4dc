"""Work in lanes: one after the other under the same key, side by side under different keys, so many at once."""

import asyncio
from collections.abc import Awaitable, Callable


class Lanes:
    """Runs work; `width` is how many pieces run at the same time."""

    def __init__(self, width: int) -> None:
        self._free = asyncio.Semaphore(width)
        self._last: dict[bytes, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """How many pieces are running or waiting for their turn."""
        return len(self._tasks)

    def submit(self, key: bytes, work: Callable[[], Awaitable[None]]) -> None:
        """Run `work` after everything submitted under the same key. It must not raise."""
        task = asyncio.create_task(self._run(self._last.get(key), work))
        self._last[key] = task
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._forget(key, done))

    async def settled(self, seconds: float) -> bool:
        """Wait until nothing runs; False when it took longer."""
        if not self._tasks:
            return True
        _, pending = await asyncio.wait(set(self._tasks), timeout=seconds)
        return not pending

    async def cancel(self) -> None:
        """Stop everything now."""
        for task in list(self._tasks):
            task.cancel()
        await self.settled(5.0)

    async def _run(self, before: "asyncio.Task[None] | None", work: Callable[[], Awaitable[None]]) -> None:
        if before is not None and not before.done():
            await asyncio.wait({before})
        async with self._free:
            await work()

    def _forget(self, key: bytes, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if self._last.get(key) is task:
            del self._last[key]
