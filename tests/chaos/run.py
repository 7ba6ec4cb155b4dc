"""One run: the system, the crowd, the attack, the wait until all is quiet, the audit."""

import asyncio
import shutil
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from rich.console import Console

from chaos.attack import Attack
from chaos.audit import Report, audit
from chaos.evidence import gather
from chaos.plaintext_scan import of_topics
from chaos.schedule import Strike
from chaos.system import Attacked, attacked
from crowd.arriving import Crowd
from crowd.clerk import on_duty
from crowd.diary import Diary
from crowd.stories import mixed
from crowd.world import opened
from e2e.inside import everything
from machine import machine
from madoguchi.service.clock import utc_now
from madoguchi_sandbox.launcher.plan import Rung

SAY_EVERY: Final = 10.0
LONGEST_SILENCE_AWAITED: Final = 600.0


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


async def run(orders: Orders, console: Console) -> Report:
    """All of it. Returns the auditor's report. Raises `LaunchError` when the system does not start."""
    began = {"date": utc_now().isoformat(timespec="seconds"), "machine": machine()}
    shutil.rmtree(orders.folder, ignore_errors=True)
    own = orders.folder / "chaos"
    own.mkdir(parents=True)
    async with AsyncExitStack() as stack:
        opening = attacked(orders.folder, orders.base_port, orders.rung, orders.instances, orders.more)
        system = await stack.enter_async_context(opening)
        console.print(f"The system stands on the {orders.rung} rung: {', '.join(system.keys)}")
        world = await stack.enter_async_context(opened(system.layout, own / "diary.jsonl", orders.patience))
        clerk = await stack.enter_async_context(on_duty(system.layout))
        crowd, attack = Crowd(world, clerk), Attack(system, world, Diary.at(own / "faults.jsonl"))
        stack.callback(attack.diary.close)
        for work in (attack.keep_alive(), _say(console, orders, crowd, attack)):
            stack.push_async_callback(_ended, asyncio.create_task(work))
        stories = mixed(orders.seed, orders.threads)
        await asyncio.gather(crowd.steadily(stories, orders.per_second), attack.run(orders.plan))
        for trouble in attack.troubles:
            console.print(f"[yellow]not done:[/] {trouble}")
        console.print("Everybody has left; waiting until nothing more arrives anywhere …")
        await quiet(orders.folder / "sandbox", orders.silence)
        return await _audited(orders, system, {"not_done": attack.troubles, **began})


async def audited_again(orders: Orders, console: Console) -> Report:
    """Only the audit, of what an earlier run left in its folder, by a system that is started anew over it."""
    began = {"date": utc_now().isoformat(timespec="seconds"), "machine": machine(), "audited_again": True}
    opening = attacked(orders.folder, orders.base_port, orders.rung, orders.instances, orders.more)
    async with opening as system:
        console.print("The system stands again; waiting until nothing more arrives anywhere …")
        await quiet(orders.folder / "sandbox", orders.silence)
        return await _audited(orders, system, began)


async def quiet(sandbox: Path, seconds: float) -> None:
    """Until the outside world has heard nothing for so long (or for ever, it seems)."""
    files = [sandbox / name for name in ("line.jsonl", "mail.jsonl", "books.jsonl")]
    end = time.monotonic() + LONGEST_SILENCE_AWAITED
    before, since = -1, time.monotonic()
    while time.monotonic() - since < seconds and time.monotonic() < end:
        size = sum(file.stat().st_size for file in files if file.exists())
        if size != before:
            before, since = size, time.monotonic()
        await asyncio.sleep(0.5)


async def _audited(orders: Orders, system: Attacked, about: Mapping[str, object]) -> Report:
    records = of_topics(await everything(system.services))
    evidence = await gather(system.services, records=records)
    more = {"arrivals_per_second": orders.per_second, **about}
    return audit(replace(evidence, rung=orders.rung.value), seed=orders.seed, about=more)


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
