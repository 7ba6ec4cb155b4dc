"""When a session is over. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session lasts."""

    idle: timedelta = timedelta(minutes=30)
    """Without a request."""
    absolute: timedelta = timedelta(hours=10)
    """Whatever happens; roles taken away elsewhere are gone here by then."""


def lapses_at(started_at: datetime, seen_at: datetime, limits: Limits) -> datetime:
    """When the session ends if nobody comes again."""
    return min(seen_at + limits.idle, started_at + limits.absolute)


def lapsed(started_at: datetime, seen_at: datetime, limits: Limits, now: datetime) -> bool:
    """Whether it is over."""
    return now >= lapses_at(started_at, seen_at, limits)
