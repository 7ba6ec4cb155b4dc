"""A sweep: an act repeated for ever, every so many seconds or at once when woken. It outlives its failures."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

_log = structlog.get_logger("madoguchi.service")


class Sweep:
    """Does `act` now, and again `every_seconds` after it ended, sooner when woken."""

    def __init__(self, every_seconds: float, act: Callable[[], Awaitable[None]]) -> None:
        self._every = every_seconds
        self._act = act
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Do not wait for the next round."""
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._woken.clear()
            try:
                await self._act()
            except Exception as error:  # noqa: BLE001 - the next round tries again
                _log.warning("sweep_failed", error=type(error).__qualname__)
            try:
                await asyncio.wait_for(self._woken.wait(), self._every)
            except TimeoutError:
                continue
