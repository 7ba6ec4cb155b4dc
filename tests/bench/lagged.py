"""`python -m bench.lagged <service> <file>`: the service as it is, with a watch on its event loop.

Every 10 ms the loop should run the watch. How much later it does is the lag; how much of that time the loop's thread
spent on the processor tells a loop that was busy from one that the system did not let run. Each second one line of JSON
is added to the file.
"""

import asyncio
import functools
import importlib
import json
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

EVERY = 0.01
PACKAGES = {"request-intake": "request_intake", "identity": "identity", "issuance": "issuance", "notify": "notify"}


async def watch(path: Path) -> None:
    """Until cancelled."""
    loop = asyncio.get_running_loop()
    with path.open("a", encoding="utf-8") as file:
        while True:
            began, worst, busiest, samples = time.time(), 0.0, 0.0, 0
            while time.time() - began < 1.0:
                due, on_cpu = loop.time() + EVERY, time.thread_time()
                await asyncio.sleep(EVERY)
                lag, busy = loop.time() - due, time.thread_time() - on_cpu
                worst, busiest, samples = max(worst, lag), max(busiest, busy), samples + 1
            line = {"at": time.time(), "worst": worst * 1000, "busiest": busiest * 1000, "samples": samples}
            file.write(json.dumps(line) + "\n")
            file.flush()


def watched(run: Callable[[Any], Awaitable[None]], path: Path) -> Callable[[Any], Awaitable[None]]:
    """`run` with the watch beside it."""

    @functools.wraps(run)
    async def both(settings: Any) -> None:
        watching = asyncio.create_task(watch(path))
        try:
            await run(settings)
        finally:
            watching.cancel()

    return both


def lags(path: Path, since: float) -> tuple[float, float]:
    """Milliseconds: the worst lag since that moment (seconds of the wall clock), and the longest that the loop's thread
    was on the processor between two looks."""
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
    later = [line for line in lines if line["at"] >= since]
    return max((line["worst"] for line in later), default=0.0), max((line["busiest"] for line in later), default=0.0)


def main() -> None:
    """Run it."""
    name, path = sys.argv[1:3]
    module = importlib.import_module(f"{PACKAGES[name]}.main")
    module.run = watched(module.run, Path(path))  # type: ignore[attr-defined]
    module.main()


if __name__ == "__main__":
    main()
