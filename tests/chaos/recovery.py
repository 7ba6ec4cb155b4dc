"""How long the residents who were waiting when something broke had to wait."""

import math
from collections.abc import Sequence

from chaos.diary import Fault, Wait
from chaos.evidence import Evidence

DISRUPTIVE = ("kill", "broker_", "store_", "disk_full")
"""What the kinds of faults begin with after which the system must recover."""


def seconds(evidence: Evidence) -> list[float | None]:
    """[p50, p95, max] of the recovery from each disruptive fault; None where somebody waited in vain. Empty when there
    was no such fault."""
    waits = [wait for thread in evidence.threads.values() for wait in thread.waits]
    times = sorted(recovery(fault, waits) for fault in evidence.faults if fault.kind.startswith(DISRUPTIVE))
    if not times:
        return []
    figures = (nearest_rank(times, 50), nearest_rank(times, 95), times[-1])
    return [round(figure, 3) if math.isfinite(figure) else None for figure in figures]


def recovery(fault: Fault, waits: Sequence[Wait]) -> float:
    """Seconds from a fault until every wait that was under way had ended; 0 when there was none, infinite when one was
    in vain."""
    under_way = (wait for wait in waits if wait.began <= fault.at < wait.ended)
    return max((math.inf if wait.in_vain else wait.ended - fault.at for wait in under_way), default=0.0)


def nearest_rank(ordered: Sequence[float], percent: int) -> float:
    """The smallest value that at least `percent` of a hundred do not exceed."""
    return ordered[math.ceil(len(ordered) * percent / 100) - 1]
