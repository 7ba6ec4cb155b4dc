"""One run: the system, the crowd, the attack, the wait until all is quiet, the audit."""

import asyncio
import shutil
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from chaos.attack import Attack
from chaos.schedule import Strike
from chaos.strikes import AN_HOUR_BACK, behind
from chaos.system import Attacked, attacked
from crowd.arriving import Crowd
from crowd.clerk import on_duty
from crowd.diary import Diary
from crowd.stories import mixed
from crowd.world import opened
from madoguchi_sandbox.launcher.plan import Rung

SAY_EVERY = 10.0


@dataclass(frozen=True, slots=True)
class Orders:
    """What is wanted of a run."""

    rung: Rung
    threads: int
    per_second: float
    plan: tuple[Strike, ...]
    seed: int
    folder: Path
    base_port: int
    instances: tuple[int, ...] = (1, 2)
    patience: float = 300.0
    """Seconds a resident waits for one thing."""
    silence: float = 70.0
    """Seconds without a message, a letter or a payment until all counts as quiet: longer than notify waits after the
    third failure of a channel."""
    more: Mapping[str, str] = field(default_factory=dict)
    """Environment of every service beside its own."""


async def run(orders: Orders, console: Console) -> dict[str, Any]:
    """All of it. Returns the auditor's report. Raises `NoFakeTime` and `LaunchError` before anything is done."""
    behind(AN_HOUR_BACK)
    shutil.rmtree(orders.folder, ignore_errors=True)
    own = orders.folder / "chaos"
    own.mkdir(parents=True)
    async with AsyncExitStack() as stack:
        system = await stack.enter_async_context(
            attacked(orders.folder, orders.base_port, orders.rung, orders.instances, orders.more)
        )
        console.print(f"The system stands on the {orders.rung} rung: {', '.join(system.keys)}")
        world = await stack.enter_async_context(opened(system.layout, own / "diary.jsonl", orders.patience))
        clerk = await stack.enter_async_context(on_duty(system.layout))
        crowd, attack = Crowd(world, clerk), Attack(system, world, Diary.at(own / "faults.jsonl"))
        stack.callback(attack.diary.close)
        for work in (attack.keep_alive(), _say(console, orders, crowd, attack)):
            task = asyncio.create_task(work)
            stack.push_async_callback(_ended, task)
        await asyncio.gather(
            crowd.steadily(mixed(orders.seed, orders.threads), orders.per_second), attack.run(orders.plan)
        )
        return await _audited(orders, console, system, crowd, attack)


async def _audited(orders: Orders, console: Console, system: Attacked, crowd: Crowd, attack: Attack) -> dict[str, Any]:
    console.print(f"{dict(crowd.counts)} {dict(attack.counts)} {attack.troubles}")
    return {}


async def _say(console: Console, orders: Orders, crowd: Crowd, attack: Attack) -> None:
    """Progress, every few seconds."""
    began = time.monotonic()
    while True:
        await asyncio.sleep(SAY_EVERY)
        c = crowd.counts
        console.print(
            f"{time.monotonic() - began:6.0f} s: {c['begun']}/{orders.threads} came, {crowd.present} are at it, "
            f"{c['ended']} served, {c['failed']} in trouble; {attack.counts.total()} strikes"
        )


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.wait({task})
