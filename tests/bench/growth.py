"""Growth: is it slower with more requests in the stores? Acceptance, the hot queries, one thread."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bench.figures import Context, Figure, at_most
from bench.intake import requests, session, wish
from bench.machine import pinned
from bench.measure import percentile
from bench.running import at_rest, layout, servers, start
from bench.schedule import arrivals, closed_loop, open_loop
from bench.shelves import Model, fill, models, on_disk
from bench.threads import start_all, stop_services, threads
from madoguchi.service.clock import utc_now
from madoguchi.store.aggregates import DUE_AT, instant
from madoguchi.store.open import connected
from madoguchi.store.outbox import OUTBOX_AT
from madoguchi_sandbox.launcher.plan import Rung
from madoguchi_sandbox.launcher.stack import Stack
from request_intake.handlers import REQUESTS

RATES = {Rung.EMBEDDED: 50, Rung.NATIVE: 20}
"""Requests a second that the rung's store can bear at every size."""
THREADS = 5
LOOKS = 200
SLOWER = 1.1


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds, with so many requests stored."""

    p50: float
    p95: float
    read: float
    """One request by its id."""
    due: float
    """What the sweep asks."""
    outbox: float
    """What the relay asks."""
    thread: float


async def growth(context: Context) -> list[Figure]:
    """The same with ever more stored requests, against the fewest."""
    where, figures, had = layout(context, "growth"), list[Figure](), 0
    measured: list[Measured] = []
    with servers(context, where) as stack, pinned(context.cores.others):
        request_id, kept = await _finished(context, stack)
        for size in context.sizes:
            before, began = on_disk(where), time.perf_counter()
            fill(where, kept, request_id, range(had, size))
            took, each, had = time.perf_counter() - began, (on_disk(where) - before) / (size - had), size
            measured.append(await _measured(context, stack))
            figures += _figures(size, RATES[context.rung], measured[-1], measured[0] if len(measured) > 1 else None)
            figures.append(Figure(f"{size:,} stored: files of the stores", on_disk(where) / 2**20, "MB"))
            note = f"{size:,}: filled in {took:.0f} s; the sealed PDFs are left out"
            figures.append(Figure(f"{size:,} stored: growth for each request", each, "bytes", note=note))
    return figures


async def _finished(context: Context, stack: Stack) -> tuple[str, list[Model]]:
    """A request that has its certificate and all its notices, as the services stored it."""
    start_all(stack, context.cores.every)
    ready, _ = await threads(stack, 1)
    stop_services(stack)
    request_id = str(ready["request_id"])
    return request_id, models(stack.layout, request_id)


async def _measured(context: Context, stack: Stack) -> Measured:
    pid = start(stack, "request-intake", context.cores.service)
    body = await wish(stack)
    async with session() as client:
        send = requests(client, stack, body)
        await closed_loop(send, 1, 2.0)
        at_rest(pid)
        accepted = (await open_loop(send, arrivals(RATES[context.rung], min(30.0, context.seconds)))).spread
    at_rest(pid)
    read, due, outbox = await _queries(stack)
    start_all(stack, context.cores.every, but="request-intake")
    for name in ("issuance", "notify", "identity"):
        at_rest(stack.pids[name])
    await threads(stack, 1)
    _, took = await threads(stack, THREADS)
    stop_services(stack)
    return Measured(accepted.p50, accepted.p95, read, due, outbox, percentile(took, 0.5))


async def _queries(stack: Stack) -> tuple[float, float, float]:
    """The median of each, asked through the store port while intake runs."""
    async with connected(stack.layout.store_uri, "request-intake") as documents:
        now = instant(utc_now())

        async def read() -> None:
            await documents.get(REQUESTS, f"req_{7:026d}")

        async def due() -> None:
            await documents.find(REQUESTS, at_most=(DUE_AT, now), order_by=DUE_AT)

        async def outbox() -> None:
            await documents.find(REQUESTS, at_most=(OUTBOX_AT, now), order_by=OUTBOX_AT)

        return await _median(read), await _median(due), await _median(outbox)


async def _median(ask: Callable[[], Awaitable[None]]) -> float:
    took = []
    for _ in range(LOOKS):
        began = time.perf_counter()
        await ask()
        took.append(1000 * (time.perf_counter() - began))
    return percentile(took, 0.5)


def _figures(size: int, rate: int, now: Measured, first: Measured | None) -> list[Figure]:
    def figure(name: str, field: str, *, judged: bool = True) -> Figure:
        before: float | None = None if first is None else getattr(first, field)
        against = "" if first is None else "with the fewest"
        shown = goal if judged else None
        return Figure(f"{size:,} stored: {name}", getattr(now, field), "ms", before, against, shown)

    goal = at_most(SLOWER, "ratio") if first else None
    return [
        figure(f"acceptance p50 at {rate}/s", "p50"),
        figure(f"acceptance p95 at {rate}/s", "p95"),
        figure("a request by its id", "read", judged=False),
        figure("what is due", "due", judged=False),
        figure("what waits in outboxes", "outbox", judged=False),
        figure("one thread, median", "thread"),
    ]
