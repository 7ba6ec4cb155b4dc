"""Percentiles; processor seconds and memory of a process and all it started, from `/proc`."""

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that `share` (0 to 1) of them do not exceed: nearest rank. Raises `ValueError` for none."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no values")
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


@dataclass(frozen=True, slots=True)
class Spread:
    """Latencies in milliseconds."""

    p50: float
    p95: float
    p99: float
    worst: float
    count: int


def spread(milliseconds: Sequence[float]) -> Spread:
    """The usual percentiles."""
    p50, p95, p99, worst = (percentile(milliseconds, share) for share in (0.5, 0.95, 0.99, 1.0))
    return Spread(p50, p95, p99, worst, len(milliseconds))


def steady_rate(moments: Iterable[float], edge: float = 0.1) -> float:
    """Events a second, without the first and the last tenth: start and end are not what is asked about.

    Raises `ValueError` for fewer than 20 events, or all at one moment.
    """
    ordered = sorted(moments)
    cut = int(len(ordered) * edge)
    middle = ordered[cut : len(ordered) - cut]
    if len(ordered) < 20 or middle[-1] <= middle[0]:
        raise ValueError(f"{len(ordered)} events are too few for a rate")
    return (len(middle) - 1) / (middle[-1] - middle[0])


@dataclass(frozen=True, slots=True)
class Stat:
    """One line of `/proc/<pid>/stat`, as far as needed. `seconds`: processor time, with that of children it buried."""

    pid: int
    session: int
    seconds: float


def parsed_stat(text: str) -> Stat:
    """`proc_pid_stat(5)`: the name may hold anything, so fields count from the last parenthesis."""
    fields = text.rpartition(")")[2].split()
    ticks = sum(int(field) for field in fields[11:15])  # utime, stime, cutime, cstime
    return Stat(int(text.split(" ", 1)[0]), int(fields[3]), ticks / TICKS)


def processes() -> list[Stat]:
    """Every process there is now."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                found.append(parsed_stat((entry / "stat").read_text()))
            except (OSError, ValueError):
                continue  # it ended meanwhile
    return found


def cpu_seconds(session: int) -> float:
    """Processor seconds so far of all processes of a session (the launcher gives each process one)."""
    return sum(stat.seconds for stat in processes() if stat.session == session)


def cpu_of(pids: Mapping[str, int]) -> dict[str, float]:
    """The same by name."""
    return {name: cpu_seconds(pid) for name, pid in pids.items()}


def pss_megabytes(session: int) -> float:
    """Proportional memory of all processes of a session: pages that several share count in shares."""
    return sum(_pss_kilobytes(stat.pid) for stat in processes() if stat.session == session) / 1024


def pss_of_process(pid: int) -> float:
    """Megabytes of one process alone."""
    return _pss_kilobytes(pid) / 1024


def _pss_kilobytes(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")), 0)
