"""A system for a measurement: servers, sandbox and some of the services, each on the processors it is given."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from bench.figures import Context
from bench.machine import pinned
from bench.measure import cpu_seconds
from machine import ROOT
from madoguchi.service.clock import utc_now
from madoguchi_sandbox.init import initialise
from madoguchi_sandbox.launcher.plan import SANDBOX, Layout, Rung, environment
from madoguchi_sandbox.launcher.stack import Stack
from system import layout_in

TOWN = "990019"
UNHURRIED = {
    "REDRIVE_SECONDS": "86400",
    "API_RATE_PER_MINUTE": "100000000",
    "PAGE_RATE_PER_MINUTE": "100000000",
    "VERIFY_PER_MINUTE": "100000000",
    "DOWNLOAD_PER_MINUTE": "100000000",
}
"""Nothing is sent again because a service is left out of a measurement, and no caller is turned away."""


def layout(context: Context, name: str) -> Layout:
    """A system of its own for one measurement; its town is made."""
    folder = context.folder / name
    folder.mkdir(parents=True)
    made = layout_in(folder, real=context.rung is Rung.NATIVE, first=context.first_port)
    initialise(made.folder, made.url(SANDBOX), utc_now())
    return made


@contextmanager
def servers(context: Context, where: Layout) -> Iterator[Stack]:
    """Broker, store and sandbox, on the processors that are not the service's; everything is stopped at the end."""
    stack = Stack(where)
    try:
        with pinned(context.cores.others):
            stack.start_servers(SANDBOX)
        stack.wait_ready(SANDBOX)
        yield stack
    finally:
        stack.stop_all()


def start(
    stack: Stack, name: str, cores: frozenset[int], settings: Mapping[str, str] | None = None, *, lagged: bool = True
) -> int:
    """Start a service on these processors, with the watch on its loop unless told otherwise. Returns its pid."""
    line = [sys.executable, "-m", "bench.lagged", name, str(lag_file(stack, name))]
    if not lagged:
        line = [str(Path(sys.executable).with_name(name))]
    own = {**environment(stack.layout, name), **UNHURRIED, **(settings or {}), "PYTHONPATH": str(ROOT / "tests")}
    pid = process(stack, name, line, cores, own)
    stack.wait_ready(name)
    return pid


def process(stack: Stack, name: str, line: Sequence[str], cores: frozenset[int], variables: Mapping[str, str]) -> int:
    """Start a process that the stack stops with the others."""
    with (stack.layout.logs / f"{name}.log").open("ab") as log, pinned(cores):
        child = subprocess.Popen(
            line,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=stack.layout.folder,
            start_new_session=True,
        )
    stack.children[name], stack.pids[name] = child, child.pid
    return child.pid


def lag_file(stack: Stack, name: str) -> Path:
    """Where the watch on a service's loop writes."""
    return stack.layout.folder / f"lag-{name}.jsonl"


def bare(context: Context, where: Layout, what: str, cores: frozenset[int]) -> "subprocess.Popen[str]":
    """A raw baseline (`bench.bare`) in a process of its own; `number_of` gives what it says."""
    line = [sys.executable, "-m", "bench.bare", what, str(where.folder), str(context.seconds)]
    with pinned(cores):
        return subprocess.Popen(
            line, env={**os.environ, "PYTHONPATH": str(ROOT / "tests")}, stdout=subprocess.PIPE, text=True
        )


def number_of(child: "subprocess.Popen[str]") -> tuple[float, float]:
    """What a baseline says: times a second, and processor milliseconds each."""
    said, _ = child.communicate(timeout=600)
    if child.returncode:
        raise RuntimeError(f"the baseline failed: {child.args!r}")
    rate, each = said.split()
    return float(rate), float(each)


def at_rest(pid: int, within: float = 60.0) -> None:
    """Wait until a process has nothing to do (less than a tenth of a processor), or the time is over."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        before = cpu_seconds(pid)
        time.sleep(1.0)
        if cpu_seconds(pid) - before < 0.1:
            return


def handled(stack: Stack, name: str, kind: str) -> int:
    """How many events of that type a service has handled so far, as its metrics say."""
    text = httpx.get(f"{stack.layout.url(name)}/metrics", timeout=10).text
    lines = (line for line in text.splitlines() if line.startswith("messaging_process_duration_seconds_count{"))
    return int(sum(float(line.rsplit(" ", 1)[1]) for line in lines if f'type="{kind}"' in line))
