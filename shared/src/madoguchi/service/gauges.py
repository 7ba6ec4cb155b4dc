"""Gauges that need the store: refreshed together by one sweep, and when that was."""

from collections.abc import Awaitable, Callable, Sequence

from madoguchi.service.clock import Clock
from madoguchi.service.sweep import Sweep
from madoguchi.telemetry.metrics import GAUGES_REFRESHED

Refresh = Callable[[], Awaitable[None]]


def gauges(every_seconds: float, refreshes: Sequence[Refresh], clock: Clock) -> Sweep:
    """A sweep that calls all `refreshes`. When the store is away they keep their last values, and the time of the last
    success, which an alert looks at, stands still."""

    async def refresh() -> None:
        for each in refreshes:
            await each()
        GAUGES_REFRESHED.set(clock().timestamp())

    return Sweep(every_seconds, refresh)
