"""Worker processes for CPU work, replaced when one dies."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from typing import ParamSpec, TypeVar

from issuance.documents import worker
from issuance.documents.model import RenderInput

P = ParamSpec("P")
T = TypeVar("T")


class WorkersLost(ConnectionError):
    """A worker process died, and another one on the same work too."""


class Workers:
    """A pool of warm renderers. `count` defaults to the processors this process may use."""

    def __init__(self, *, font: Path | None = None, count: int | None = None) -> None:
        self._font = font
        self.count = count or len(os.sched_getaffinity(0))
        self._pool = self._new()

    async def warm(self, document: RenderInput) -> None:
        """Start every process and render once in each."""
        await asyncio.gather(*(self.run(worker.warm, document) for _ in range(self.count)))

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`work` in a worker; its own exceptions pass. Raises `WorkersLost`."""
        for _ in range(2):
            pool = self._pool
            try:
                return await asyncio.wrap_future(pool.submit(work, *args, **kwargs))
            except BrokenProcessPool:
                if pool is self._pool:  # of all that wait, the first one replaces it
                    pool.shutdown(wait=False)
                    self._pool = self._new()
        raise WorkersLost(getattr(work, "__name__", "work"))

    def close(self) -> None:
        """End the processes; work not begun is dropped."""
        self._pool.shutdown(cancel_futures=True)

    def _new(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self.count, mp_context=get_context("spawn"), initializer=worker.start, initargs=(self._font,)
        )
