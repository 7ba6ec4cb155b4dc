"""The processors of this machine, and who runs on which."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


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
