"""Inside the cluster, in the sandbox's pod: what residents and staff do, and the audit. `kubectl exec` runs it there.

Links lead to this pod's loopback, where a door leads on to each Service that people use.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from itertools import islice, takewhile
from pathlib import Path
from typing import Final

from rich.console import Console

from chaos.audit import audit
from chaos.evidence import gather
from chaos.plaintext_scan import of_topics
from chaos.run import quiet
from cluster.staff_job import decided
from crowd.arriving import Crowd
from crowd.clerk import on_duty
from crowd.door import standing
from crowd.stories import mixed
from crowd.world import opened
from e2e.inside import everything
from madoguchi.contracts.flow import CONSOLE
from madoguchi_sandbox.launcher import commands
from madoguchi_sandbox.launcher.plan import SANDBOX, Layout, Rung
from madoguchi_sandbox.launcher.stack import Stack
from towns import TOWN

FOLDER: Final = Path("/srv/madoguchi")
LAYOUT: Final = Layout(FOLDER, 8400, Rung.ELSEWHERE, "kafka:9092", "mongodb://mongodb:27017")
USED_BY_PEOPLE: Final = ("request-intake", "issuance", CONSOLE)
SILENCE: Final = 30.0
"""Seconds without a message, a letter or a payment until all counts as quiet."""
PATIENCE: Final = 300.0
ENOUGH: Final = FOLDER / "chaos" / "enough"
"""Once this file is there, nobody new comes."""
REPORT: Final = FOLDER / "chaos" / "report.json"
console: Final = Console(highlight=False, width=120)


@asynccontextmanager
async def doors() -> AsyncIterator[None]:
    """The Services that people use, each at its port of this pod's loopback."""
    async with AsyncExitStack() as stack:
        for name in USED_BY_PEOPLE:
            port = LAYOUT.port(name)
            await stack.enter_async_context(standing(port, [port], name))
        yield


async def demo() -> None:
    """The main job: one resident, from the first word to the checked certificate."""
    async with doors():
        trust = FOLDER / "secrets" / TOWN
        await asyncio.to_thread(commands.play, LAYOUT.url(SANDBOX), trust, FOLDER / "demo")


async def staff() -> None:
    """A case for a clerk, decided by two at the console."""
    async with doors():
        request_id = await decided(Stack(LAYOUT))
    console.print(f"{request_id}: two members of staff took 高 and 髙 for one name, and the certificate is issued")


async def crowd(threads: int, per_second: float, seed: int) -> None:
    """Residents arriving at a steady rate, at most so many, until it is enough; returns when all have left."""
    ENOUGH.parent.mkdir(exist_ok=True)
    one_town = islice((story for story in mixed(seed, 4 * threads) if not story.prepaid), threads)
    stories = takewhile(lambda _: not ENOUGH.exists(), one_town)
    diary = ENOUGH.with_name("diary.jsonl")
    async with doors(), opened(LAYOUT, diary, PATIENCE) as world, on_duty(LAYOUT) as clerk:
        there = Crowd(world, clerk)
        await there.steadily(stories, per_second)
    came, served, trouble = (there.counts[kind] for kind in ("begun", "ended", "failed"))
    console.print(f"{came} residents came: {served} were served, {trouble} had trouble")


async def audited(seed: int) -> None:
    """Wait until all is quiet, then count. The report goes to `REPORT`."""
    await quiet(FOLDER / "sandbox", SILENCE)
    stack = Stack(LAYOUT)
    async with doors():
        records = of_topics(await everything(stack))
        evidence = await gather(stack, records=records)
    report = audit(replace(evidence, rung="kubernetes"), seed=seed)
    REPORT.write_text(json.dumps(report.as_json(), ensure_ascii=False, indent=2) + "\n", "utf-8")


def main(what: str = "", *figures: str) -> None:
    """`demo`, `staff`, `crowd <threads> <per second> <seed>`, or `audit <seed>`."""
    match what, figures:
        case "demo", ():
            asyncio.run(demo())
        case "staff", ():
            asyncio.run(staff())
        case "crowd", (threads, per_second, seed):
            asyncio.run(crowd(int(threads), float(per_second), int(seed)))
        case "audit", (seed,):
            asyncio.run(audited(int(seed)))
        case _:
            sys.exit(main.__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
