"""Accepting requests: open-loop load on request-intake alone, against a bare FastAPI route with one durable write."""

import sys
from dataclasses import dataclass

from bench.figures import Context, Figure, at_most
from bench.intake import plain, requests, session, wish
from bench.lagged import lags
from bench.machine import pinned
from bench.measure import cpu_seconds, percentile
from bench.running import at_rest, lag_file, layout, process, servers, start
from bench.schedule import Outcome, Send, arrivals, closed_loop, open_loop
from machine import ROOT
from madoguchi_sandbox.launcher.plan import Rung, environment
from madoguchi_sandbox.launcher.stack import Stack

RATES = (100, 300, 500)
P99_MILLISECONDS = 50.0
WIDTH = 32
BARE = "notify"
"""The bare route listens where this service would: it is not started here."""


@dataclass(frozen=True, slots=True)
class Loads:
    """What one server gave."""

    at: dict[int, Outcome]
    most: float
    """Good answers a second, closed loop."""
    cpu_milliseconds: float
    """For one call, at the lowest rate."""


async def acceptance(context: Context) -> list[Figure]:
    """Intake and the bare route on one core, one after the other; everything else on the others."""
    where = layout(context, "acceptance")
    with servers(context, where) as stack, pinned(context.cores.others):
        driver, bare = await _bare(context, stack)
        pid = start(stack, "request-intake", context.cores.service)
        body = await wish(stack)
        async with session() as client:
            own = await _loads(context, requests(client, stack, body), pid)
        lag, busy = lags(lag_file(stack, "request-intake"), 0)
    figures = [figure for rate in RATES for figure in _figures(rate, own.at[rate], bare.at[rate])]
    return [
        Figure("driver alone, closed loop (trivial route)", driver.rate, "/s"),
        *figures,
        Figure("requests accepted at most, 1 core", own.most, "/s", bare.most, "bare route"),
        Figure("processor time of a request", own.cpu_milliseconds, "ms", bare.cpu_milliseconds, "bare route"),
        Figure("worst lag of the event loop, overload included", lag, "ms"),
        Figure("longest turn of the event loop, overload included", busy, "ms on the processor"),
    ]


async def _bare(context: Context, stack: Stack) -> tuple[Outcome, Loads]:
    where = stack.layout
    line = [sys.executable, "-m", "bench.bare_route", where.store_uri, str(where.port(BARE))]
    variables = environment(where, BARE) | {"PYTHONPATH": str(ROOT / "tests")}
    pid = process(stack, BARE, line, context.cores.service, variables)
    stack.wait_ready(BARE)
    body = b'{"certificate": "residence_certificate", "contact": {"email": "bench@mihon.example"}}'
    async with session() as client:
        trivial = plain(client, f"{where.url(BARE)}/trivial", body)
        driver = await closed_loop(trivial, WIDTH, min(5.0, context.seconds))
        loads = await _loads(context, plain(client, f"{where.url(BARE)}/stored", body), pid)
    stack.terminate(BARE)
    return driver, loads


async def _loads(context: Context, send: Send, pid: int) -> Loads:
    """Every rate, from the lowest; then as fast as it goes."""
    await closed_loop(send, 4, min(3.0, context.seconds))  # to get warm
    at: dict[int, Outcome] = {}
    cpu = 0.0
    for rate in RATES:
        at_rest(pid)
        before = cpu_seconds(pid)
        at[rate] = await open_loop(send, arrivals(rate, context.seconds))
        if rate == RATES[0]:
            at_rest(pid)  # what it still publishes belongs to the requests
            cpu = 1000 * (cpu_seconds(pid) - before) / max(1, len(at[rate].milliseconds))
    at_rest(pid)
    most = await closed_loop(send, WIDTH, min(15.0, context.seconds))
    return Loads(at, most.rate, cpu)


def _figures(rate: int, own: Outcome, bare: Outcome) -> list[Figure]:
    """Percentiles, both; and how late the driver was."""
    mine, other, against = own.spread, bare.spread, "bare route"
    goal = at_most(P99_MILLISECONDS, only=Rung.NATIVE) if rate == RATES[-1] else None
    note = f"{own.failed} of {own.failed + mine.count} requests failed at {rate}/s" if own.failed else ""
    name = f"acceptance at {rate}/s, 1 core"
    return [
        Figure(f"{name}: p50", mine.p50, "ms", other.p50, against),
        Figure(f"{name}: p95", mine.p95, "ms", other.p95, against),
        Figure(f"{name}: p99", mine.p99, "ms", other.p99, against, goal, note),
        Figure(f"{name}: driver late, p99", percentile(own.late, 0.99), "ms"),
    ]
