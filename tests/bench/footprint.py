"""What the services need: time to start, memory, bytes for each request."""

import http.client
import math
import sys
import time
from collections import Counter
from pathlib import Path

from bench.figures import Context, Figure, at_most
from bench.intake import requests, session, wish
from bench.machine import pinned
from bench.measure import percentile, pss_megabytes, pss_of_process
from bench.running import at_rest, layout, process, servers, start
from bench.schedule import Send, closed_loop
from bench.shelves import LEFT_OUT, models
from bench.threads import start_all, stop_services, threads
from e2e.inside import everything
from machine import ROOT
from madoguchi.bus.record import Record
from madoguchi.contracts.flow import SERVICES
from madoguchi_sandbox.launcher.plan import environment
from madoguchi_sandbox.launcher.stack import Stack

READY_SECONDS = 2.0
IDLE_MEGABYTES = 150.0
STARTS = 3
WIDTH = 16
BARE = "bare FastAPI app"
FLAT = 1.05
"""Memory after all requests over memory after the first tenth of them."""


async def footprint(context: Context) -> list[Figure]:
    """On all cores; the last measurement, of memory under load, on one."""
    where = layout(context, "footprint")
    with servers(context, where) as stack:
        bare_start, bare_memory = _bare(context, stack)
        figures = []
        for name in SERVICES:
            figures += _service(context, stack, name, bare_start, bare_memory)
        figures += await _bytes(context, stack)
        figures.append(await _flat(context, stack))
    return figures


def _bare(context: Context, stack: Stack) -> tuple[float, float]:
    """The least that a FastAPI app with a store needs."""
    where, name = stack.layout, "notify"
    line = [sys.executable, "-m", "bench.bare_route", where.store_uri, str(where.port(name))]
    took = []
    for _ in range(STARTS):
        began = time.perf_counter()
        variables = environment(where, name) | {"PYTHONPATH": str(ROOT / "tests")}
        pid = process(stack, name, line, context.cores.every, variables)
        took.append(_ready(where.port(name), began))
        memory = pss_megabytes(pid)
        stack.terminate(name)
    return percentile(took, 0.5), memory


def _service(context: Context, stack: Stack, name: str, bare_start: float, bare_memory: float) -> list[Figure]:
    took = []
    for turn in range(STARTS):
        began = time.perf_counter()
        pid = _launched(context, stack, name)
        took.append(_ready(stack.layout.port(name), began))
        if turn < STARTS - 1:
            stack.terminate(name)
    at_rest(pid, within=10)
    whole, alone = pss_megabytes(pid), pss_of_process(pid)
    stack.terminate(name)
    rendering = [Figure(f"{name}: idle memory without its workers", alone, "MB")] if name == "issuance" else []
    return [
        Figure(f"{name}: start to ready", percentile(took, 0.5), "s", bare_start, BARE, at_most(READY_SECONDS)),
        Figure(f"{name}: idle memory (PSS)", whole, "MB", bare_memory, BARE, at_most(IDLE_MEGABYTES)),
        *rendering,
    ]


def _launched(context: Context, stack: Stack, name: str) -> int:
    variables = environment(stack.layout, name)
    return process(stack, name, [_script(name)], context.cores.every, variables)


def _script(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def _ready(port: int, began: float, within: float = 60.0) -> float:
    """Seconds since `began` until it says that it is ready. Raises `TimeoutError`."""
    while time.perf_counter() - began < within:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/health/ready")
            if connection.getresponse().status == http.client.OK:
                return time.perf_counter() - began
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(0.01)
    raise TimeoutError(f"nothing is ready on port {port}")


async def _bytes(context: Context, stack: Stack) -> list[Figure]:
    """Of one thread from the API to the certificate, with all its notices."""
    start_all(stack, context.cores.every)
    ready, _ = await threads(stack, 1)
    records = [record for record in await everything(stack) if record.key == ready["request_id"].encode()]
    stop_services(stack)
    size = sum(map(_size, records))
    stored: Counter[str] = Counter()
    for model in models(stack.layout, str(ready["request_id"])):
        stored["sealed PDF" if model.collection == LEFT_OUT else model.database] += model.size
    return [
        Figure("one request: events on the topics", len(records), ""),
        Figure("one request: bytes on the topics", size, "bytes"),
        *(Figure(f"one request: bytes stored, {name}", value, "bytes") for name, value in sorted(stored.items())),
    ]


def _size(record: Record) -> int:
    headers = sum(len(name) + len(value or b"") for name, value in record.headers)
    return len(record.key or b"") + len(record.value or b"") + headers


async def _flat(context: Context, stack: Stack) -> Figure:
    """Intake's memory over many accepted requests."""
    with pinned(context.cores.others):
        pid = start(stack, "request-intake", context.cores.service, lagged=False)
        body = await wish(stack)
        async with session() as client:
            send = requests(client, stack, body)
            first = await _after(context.requests // 10, send, pid)
            last = await _after(context.requests - context.requests // 10, send, pid)
    name = f"request-intake: memory after {context.requests:,} requests"
    return Figure(name, last, "MB", first, "after a tenth of them", at_most(FLAT, "ratio"))


async def _after(count: int, send: Send, pid: int) -> float:
    await closed_loop(send, WIDTH, math.inf, most=count)
    at_rest(pid)
    return pss_megabytes(pid)
