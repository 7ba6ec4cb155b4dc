"""How long the residents who were waiting when something broke had to wait."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from chaos.diary import Wait
from chaos.evidence import Evidence

DISRUPTIVE = ("kill", "broker_", "store_", "disk_full")
"""What the kinds of faults begin with after which the system must recover."""


def seconds(evidence: Evidence) -> list[float | None]:
    """[p50, p95, max] of the recovery from each disruptive fault; None where somebody waited in vain. Empty when there
    was no such fault."""
    waits = Waits.of(wait for thread in evidence.threads.values() for wait in thread.waits)
    times = sorted(waits.over_after(fault.at) for fault in evidence.faults if fault.kind.startswith(DISRUPTIVE))
    if not times:
        return []
    figures = (nearest_rank(times, 50), nearest_rank(times, 95), times[-1])
    return [round(figure, 3) if math.isfinite(figure) else None for figure in figures]


@dataclass(frozen=True, slots=True)
class Waits:
    """Waits by their beginning. Of those that had begun by some moment, the one that ended last tells whether any was
    still under way, and how long it took."""

    began: tuple[float, ...]
    latest: tuple[float, ...]
    """The last end of the waits so far."""
    latest_in_vain: tuple[float, ...]
    """The last end of those so far that were in vain."""

    @classmethod
    def of(cls, waits: Iterable[Wait]) -> "Waits":
        """These waits, in any order."""
        ordered = sorted(waits, key=lambda wait: wait.began)
        in_vain = (wait.ended if wait.in_vain else -math.inf for wait in ordered)
        return cls(
            began=tuple(wait.began for wait in ordered),
            latest=tuple(accumulate((wait.ended for wait in ordered), max)),
            latest_in_vain=tuple(accumulate(in_vain, max)),
        )

    def over_after(self, at: float) -> float:
        """Seconds from `at` until every wait that was under way had ended; 0 when there was none, infinite when one was
        in vain."""
        begun = bisect_right(self.began, at)
        if not begun:
            return 0.0
        if self.latest_in_vain[begun - 1] > at:
            return math.inf
        return max(0.0, self.latest[begun - 1] - at)


def nearest_rank(ordered: Sequence[float], percent: int) -> float:
    """The smallest value that at least `percent` of a hundred do not exceed."""
    return ordered[math.ceil(len(ordered) * percent / 100) - 1]
