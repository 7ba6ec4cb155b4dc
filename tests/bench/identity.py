"""Signature checks: through the identity service, against pyHanko's own path and against the bare RSA operation."""

import time

from bench.bare import box_in
from bench.feed import for_identity, hand_in, listening, made, prepared
from bench.figures import Context, Figure, at_least, at_most
from bench.lagged import lags
from bench.measure import cpu_seconds, steady_rate
from bench.running import bare, lag_file, layout, number_of, servers, start
from madoguchi.contracts.events import IdentityVerified

SERVICE = "identity"
TIMES_PYHANKO = 10.0
EXPECTED = 250.0
"""Checks a second of the service, to have enough of them at hand."""
MOST = 3_000
"""More evidence at once is more than the embedded broker keeps for who reads it slowly: 5 MB a partition."""


async def identity(context: Context) -> list[Figure]:
    """All on one core, one after the other."""
    where = layout(context, "identity")
    core = context.cores.service
    with servers(context, where) as stack:
        pyhanko, rsa, own = (number_of(bare(context, where, w, core)) for w in ("pyhanko", "rsa", "verify"))
        count = min(MOST, max(30, round(EXPECTED * context.seconds)))
        fed = await made(stack, count, for_identity(box_in(where.folder)))
        pid = start(stack, SERVICE, core)
        await prepared(stack, SERVICE, fed)
        since, before = time.time(), cpu_seconds(pid)
        async with listening(stack, IdentityVerified) as ear:
            await hand_in(stack, fed.then)
            moments = await ear.hear(count, within=60 + 10 * context.seconds)
        spent = 1000 * (cpu_seconds(pid) - before) / count
        time.sleep(1.1)  # noqa: ASYNC251 - the watch writes once a second
        lag, busy = lags(lag_file(stack, SERVICE), since)
    rate = steady_rate(moments)
    return [
        Figure(
            "checks through the service, 1 core", rate, "/s", pyhanko[0], "pyHanko", at_least(TIMES_PYHANKO, "ratio")
        ),
        Figure("checks through the service, 1 core", rate, "/s", rsa[0], "RSA verify"),
        Figure("checks by processor time", 1000 / spent, "/core s", 1000 / pyhanko[1], "pyHanko"),
        Figure("the check alone, 1 core", own[0], "/s", pyhanko[0], "pyHanko", at_least(TIMES_PYHANKO, "ratio")),
        Figure("the check alone, 1 core", own[0], "/s", rsa[0], "RSA verify"),
        Figure("worst lag of the event loop", lag, "ms", goal=at_most(20)),
        Figure("longest turn of the event loop", busy, "ms on the processor"),
    ]
