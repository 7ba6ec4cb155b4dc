"""On which machine and which commit a figure was taken; its processors, and who runs on which."""

import os
import platform
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Cores:
    """The processors of this run. `service` is one for what is measured on one core; `others` is the rest."""

    every: frozenset[int]

    @property
    def service(self) -> frozenset[int]:
        """One."""
        return frozenset({min(self.every)})

    @property
    def others(self) -> frozenset[int]:
        """For broker, store, sandbox and driver; on a machine with one processor, the same one."""
        return self.every - self.service or self.every


def cores() -> Cores:
    """Those this process may use."""
    return Cores(frozenset(os.sched_getaffinity(0)))


@contextmanager
def pinned(wanted: frozenset[int]) -> Iterator[None]:
    """This thread, and the processes and threads it starts meanwhile, run on these processors only."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, wanted)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def machine() -> dict[str, Any]:
    """What a reader needs to know to compare."""
    return {
        "cpu": _cpu_model(Path("/proc/cpuinfo").read_text()),
        "cores": len(os.sched_getaffinity(0)),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
        "commit": _git("rev-parse", "HEAD"),
        "dirty": bool(_git("status", "--porcelain", "--untracked-files=no")),
    }


def _cpu_model(cpuinfo: str) -> str:
    for line in cpuinfo.splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("model name", "Model"):
            return value.strip()
    return platform.machine()


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()
