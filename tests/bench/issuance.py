"""Certificates: the service from *verified* to *issued*, against a bare loop of the same rendering and sealing."""

import time
from dataclasses import dataclass

from bench.feed import for_issuance, hand_in, listening, made, prepared
from bench.figures import Context, Figure, at_least, at_most
from bench.lagged import lags
from bench.measure import cpu_seconds, steady_rate
from bench.running import bare, lag_file, layout, number_of, servers, start
from madoguchi.contracts.events import CertificateIssued
from madoguchi_sandbox.launcher.plan import Layout
from madoguchi_sandbox.launcher.stack import Stack

SERVICE = "issuance"
PER_CORE = 35.0
SHARE = 0.8
LAG_MILLISECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Issued:
    """What a run of the service gave."""

    rate: float
    cpu_milliseconds: float
    """Of the service with its workers, for one certificate."""
    lag: float
    busy: float


async def issuance(context: Context) -> list[Figure]:
    """On one core, then on all of them."""
    where = layout(context, "issuance")
    with servers(context, where) as stack:
        one, each = number_of(bare(context, where, "certificate", context.cores.service))
        alone = await _through(context, stack, context.cores.service, one)
        every = bare_on_every_core(context, where)
        together = await _through(context, stack, context.cores.every, every)
    count = len(context.cores.every)
    bare_loop, cores = "bare loop", f"{count} cores"
    with_others = "broker, store, sandbox and driver on the same cores"
    return [
        Figure("certificates, 1 core", alone.rate, "/s", one, bare_loop, at_least(SHARE, "ratio")),
        Figure("certificates, 1 core, absolute", alone.rate, "/s", goal=at_least(PER_CORE)),
        Figure("certificates by processor time", 1000 / alone.cpu_milliseconds, "/core s", 1000 / each, bare_loop),
        Figure(f"certificates, {cores}", together.rate, "/s", every, bare_loop, at_least(SHARE, "ratio"), with_others),
        Figure(f"certificates, {cores}, absolute", together.rate, "/s", goal=at_least(PER_CORE * count)),
        *_lag(alone, "1 core"),
        *_lag(together, cores),
    ]


def _lag(run: Issued, on: str) -> list[Figure]:
    return [
        Figure(f"worst lag of the event loop, {on}", run.lag, "ms", goal=at_most(LAG_MILLISECONDS)),
        Figure(f"longest turn of the event loop, {on}", run.busy, "ms on the processor"),
    ]


def bare_on_every_core(context: Context, where: Layout) -> float:
    """Certificates a second of as many bare loops as there are cores, each on its own."""
    loops = [bare(context, where, "certificate", frozenset({core})) for core in context.cores.every]
    return sum(number_of(loop)[0] for loop in loops)


async def _through(context: Context, stack: Stack, cores: frozenset[int], expected: float) -> Issued:
    """Feed the running service with so many requests as the bare loop would make certificates in the time."""
    count = max(30, round(expected * context.seconds))
    fed = await made(stack, count, for_issuance)
    pid = start(stack, SERVICE, cores, {"CERTIFICATE_WORKERS": str(len(cores))})
    await prepared(stack, SERVICE, fed)
    since, before = time.time(), cpu_seconds(pid)
    async with listening(stack, CertificateIssued) as ear:
        await hand_in(stack, fed.then)
        moments = await ear.hear(count, within=60 + 10 * context.seconds)
    spent = cpu_seconds(pid) - before
    time.sleep(1.1)  # noqa: ASYNC251 - the watch writes once a second
    stack.terminate(SERVICE)
    lag, busy = lags(lag_file(stack, SERVICE), since)
    return Issued(steady_rate(moments), 1000 * spent / count, lag, busy)
