"""Carrying out a strike: each kind of it, on this rung. What was struck stands again when the call returns."""

import asyncio
import os
import resource
import signal
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chaos.poison import poison
from chaos.schedule import Strike
from chaos.system import Attacked
from crowd.world import World
from madoguchi.bus.connection import Connection
from madoguchi.bus.producer import NotSent, Producer
from madoguchi_sandbox.launcher.plan import BROKER, STORE, Rung
from madoguchi_sandbox.launcher.stack import Stack
from towns import SECOND_TOWN, TOWN

PLANTED: Final = Path(__file__).parent / "planted"
AN_HOUR: Final = 3600.0

Deed = Callable[[Attacked, World, Strike], Awaitable[None]]


async def kill(system: Attacked, _world: World, strike: Strike) -> None:
    """`kill -9` of one instance; it is started again at once, as a cluster does."""
    await asyncio.to_thread(system.services.kill, strike.target)
    system.begin(strike.target)
    await system.ready(strike.target)


async def broker_restart(system: Attacked, _world: World, _strike: Strike) -> None:
    """`kill -9`. The embedded broker loses everything it held."""
    await _server_restart(system, BROKER, system.servers.kill)


async def broker_pause(system: Attacked, _world: World, strike: Strike) -> None:
    """It hangs, and goes on."""
    with _stopped(system.servers, BROKER):
        await asyncio.sleep(strike.seconds)


async def store_restart(system: Attacked, _world: World, strike: Strike) -> None:
    """On SQLite: every process that writes it is killed at once. On the server: SIGTERM and `kill -9`, in turn."""
    if system.rung is Rung.EMBEDDED:
        for key in system.keys:
            await asyncio.to_thread(system.services.kill, key)
        for key in system.keys:
            system.begin(key)
        await system.ready(*system.keys)
        return
    politely = int(strike.at) % 2 == 0
    await _server_restart(system, STORE, system.servers.terminate if politely else system.servers.kill)


async def store_pause(system: Attacked, _world: World, strike: Strike) -> None:
    """It hangs, and goes on. SQLite: another process has the files to itself for so long."""
    if system.rung is not Rung.EMBEDDED:
        with _stopped(system.servers, STORE):
            await asyncio.sleep(strike.seconds)
        return
    files = sorted((system.layout.folder / "data").glob("*.sqlite3"))
    await asyncio.to_thread(_keep_to_oneself, files, strike.seconds)


async def store_cut(system: Attacked, _world: World, strike: Strike) -> None:
    """The network between the services and the store breaks. (SQLite has none.)"""
    if system.store_door is not None:
        await system.store_door.cut(strike.seconds)


async def disk_full(system: Attacked, _world: World, strike: Strike) -> None:
    """No file may grow any more: of the services' on SQLite; else of the store's, which is then restarted.

    By the process limit on file size, which is refused (`EFBIG`) just where a quota is (`EDQUOT`); anyone may set it.
    """
    if system.rung is Rung.EMBEDDED:
        with _full([system.services.pids[key] for key in system.keys]):
            await asyncio.sleep(strike.seconds)
        return
    with _full([system.servers.pids[STORE]]):
        await asyncio.sleep(strike.seconds)
    await _server_restart(system, STORE, system.servers.kill)


async def clock_back(system: Attacked, _world: World, strike: Strike) -> None:
    """One instance believes from now on that it is an hour earlier."""
    await _replaced(system, strike.target, behind(AN_HOUR))


async def replaced(system: Attacked, _world: World, strike: Strike) -> None:
    """SIGTERM, and a new one: as when a version is rolled out, or to make a clock right again."""
    await _replaced(system, strike.target, {})


async def _replaced(system: Attacked, key: str, more: Mapping[str, str]) -> None:
    await asyncio.to_thread(system.services.terminate, key)
    system.begin(key, more)
    await system.ready(key)


async def poisoned(system: Attacked, _world: World, strike: Strike) -> None:
    """Records that nobody can read, on every topic."""
    mark = f"{int(strike.at * 1000):026d}"
    async with Producer(Connection(system.layout.bootstrap_servers), "poison") as producer:
        for record in poison(mark):
            while True:
                try:
                    await producer.publish([record])
                    break
                except NotSent:
                    await asyncio.sleep(0.5)


async def line_fault(_system: Attacked, world: World, strike: Strike) -> None:
    """The chat platform fails a few times, in both towns."""
    for town in (TOWN, SECOND_TOWN):
        await _arm(world, "line", strike, municipality=town)


async def mail_fault(_system: Attacked, world: World, strike: Strike) -> None:
    """The mail relay fails a few times."""
    await _arm(world, "mail", strike)


async def pay_fault(_system: Attacked, world: World, strike: Strike) -> None:
    """The payment provider fails a few times."""
    await _arm(world, "pay", strike)


DEEDS: Final[Mapping[str, Deed]] = {
    "kill": kill,
    "broker_restart": broker_restart,
    "broker_pause": broker_pause,
    "store_restart": store_restart,
    "store_pause": store_pause,
    "store_cut": store_cut,
    "disk_full": disk_full,
    "clock_back": clock_back,
    "clock_right": replaced,
    "rolling": replaced,
    "poison": poisoned,
    "line_fault": line_fault,
    "mail_fault": mail_fault,
    "pay_fault": pay_fault,
}
OTHERS: Final[Mapping[Rung, tuple[str, ...]]] = {
    Rung.EMBEDDED: ("broker_pause", "store_pause", "disk_full", "clock_back", "rolling", "poison"),
    Rung.NATIVE: ("broker_pause", "store_pause", "store_cut", "disk_full", "clock_back", "rolling", "poison"),
}
"""The kinds without a number of their own, by rung."""


def behind(seconds: float) -> dict[str, str]:
    """Environment of a process whose clock is so much behind."""
    return {"PYTHONPATH": str(PLANTED), "CLOCK_BEHIND_SECONDS": str(seconds)}


@dataclass(frozen=True, slots=True)
class _Limit:
    pid: int
    before: tuple[int, int]


@contextmanager
def _full(pids: list[int]) -> Iterator[None]:
    """No file of these processes may be written beyond its first page."""
    limits = [_Limit(pid, resource.prlimit(pid, resource.RLIMIT_FSIZE)) for pid in pids if _lives(pid)]
    for limit in limits:
        resource.prlimit(limit.pid, resource.RLIMIT_FSIZE, (4096, limit.before[1]))
    try:
        yield
    finally:
        for limit in limits:
            if _lives(limit.pid):
                resource.prlimit(limit.pid, resource.RLIMIT_FSIZE, limit.before)


@contextmanager
def _stopped(stack: Stack, name: str) -> Iterator[None]:
    group = stack.pids[name]
    os.killpg(group, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(group, signal.SIGCONT)


def _lives(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def _keep_to_oneself(files: list[Path], seconds: float) -> None:
    held = [sqlite3.connect(file, isolation_level=None, timeout=30) for file in files]
    try:
        for connection in held:
            connection.execute("BEGIN IMMEDIATE")
        time.sleep(seconds)
    finally:
        for connection in held:
            connection.close()


async def _server_restart(system: Attacked, name: str, end: Callable[[str], None]) -> None:
    await asyncio.to_thread(end, name)
    system.servers.start(name)
    await system.server_ready(name)


async def _arm(world: World, peer: str, strike: Strike, **query: str) -> None:
    fault = {"kind": strike.target, "count": 3, "seconds": strike.seconds}
    answer = await world.ask("POST", f"{world.sandbox}/{peer}/_control/faults", params=query, json=fault)
    answer.good()
