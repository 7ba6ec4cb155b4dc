"""A whole system of real processes for a session of tests: broker, sandbox and the four services."""

import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from madoguchi_sandbox.launcher.plan import Layout, Rung
from madoguchi_sandbox.launcher.stack import Stack
from rungs import elsewhere, emptied

FIRST_PORT = int(os.environ.get("FIRST_PORT", "21000"))
"""From here on free ports are looked for: another number for each of several runs on one machine."""


def layout_in(folder: Path, *, real: bool = False, first: int = FIRST_PORT) -> Layout:
    """A layout on ports that are free, from `first` on. `real`: on real servers, those that the environment names if it
    does."""
    given = elsewhere() if real else None
    for base in range(first, 60_000, 200):
        layout = Layout(folder, base, Rung.NATIVE if real else Rung.EMBEDDED)
        if given is not None:
            layout = Layout(folder, base, Rung.ELSEWHERE, *given)
        if all(_is_free(port) for port in layout.ports().values()):
            return layout
    raise RuntimeError("no free ports")


@contextmanager
def running(layout: Layout, pace: dict[str, str], instances: Sequence[int] = (0,)) -> Iterator[Stack]:
    """Everything running; its towns must have been made. `pace`: environment of the processes. `instances`: of each
    service."""
    with emptied(layout), pytest.MonkeyPatch.context() as patch:
        for name, value in pace.items():
            patch.setenv(name, value)
        stack = Stack(layout)
        try:
            stack.start_all(instances)
            yield stack
        finally:
            stack.stop_all()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0
