"""How urgent a case is, told by the time that is left until the promised answer. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum

SOON = timedelta(days=3)
NEXT = timedelta(days=1)


class Urgency(StrEnum):
    """From the worst to the best; said in words beside its colour."""

    OVERDUE = "overdue"
    TODAY = "today"
    SOON = "soon"
    CALM = "calm"
    UNKNOWN = "unknown"
    """The request itself has not been heard of yet."""


def urgency(deadline: datetime | None, now: datetime) -> Urgency:
    """`TODAY` is within 24 hours."""
    if deadline is None:
        return Urgency.UNKNOWN
    left = deadline - now
    if left <= timedelta(0):
        return Urgency.OVERDUE
    if left <= NEXT:
        return Urgency.TODAY
    return Urgency.SOON if left <= SOON else Urgency.CALM
