"""A clock that tests move by hand."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass
class HandClock:
    """Call it for the time; it stands still until moved."""

    now: datetime = datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The time, in UTC."""
        return self.now

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)
