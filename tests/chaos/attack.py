"""The plan carried out, each strike at its time, written down with the moment when what it struck stood again."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import httpx

from chaos.schedule import Strike
from chaos.strikes import DEEDS
from chaos.system import Attacked
from crowd.diary import Diary
from crowd.world import World
from madoguchi_sandbox.launcher.plan import Rung

LIVENESS_EVERY = 5.0
MISSES_UNTIL_DEAD = 3
WHOLE = frozenset({"store_restart", "disk_full"})
"""Kinds that on SQLite take all instances at once."""
ONE = frozenset({"kill", "clock_back", "clock_right", "rolling"})
"""Kinds that take one instance."""


@dataclass(slots=True)
class Attack:
    """Strikes at one system, and the cluster's own hand: what ends by itself or is stuck is started again."""

    system: Attacked
    world: World
    diary: Diary
    counts: Counter[str] = field(default_factory=Counter)
    troubles: list[str] = field(default_factory=list)
    _locks: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    _misses: Counter[str] = field(default_factory=Counter)

    async def run(self, plan: Iterable[Strike]) -> None:
        """Everything in the plan; returns when all that was struck stands again."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.TaskGroup() as tasks:
            for strike in plan:
                await asyncio.sleep(max(0.0, began + strike.at - loop.time()))
                tasks.create_task(self.strike(strike))

    async def strike(self, strike: Strike) -> None:
        """One of them, when its target is free."""
        async with self._alone(strike):
            at = self.diary.clock()
            try:
                await DEEDS[strike.kind](self.system, self.world, strike)
            except Exception as error:  # noqa: BLE001 - the run goes on; the report names it
                self.troubles.append(f"{strike.kind} {strike.target}: {type(error).__qualname__}: {error}")
            self.counts[strike.kind] += 1
            until = self.diary.clock().isoformat()
            self.diary.write(strike.kind, target=strike.target, at=at, until=until)

    async def keep_alive(self) -> None:
        """As a cluster does: an instance that ended is started again, one that says it is stuck is killed first."""
        loop, look_at = asyncio.get_running_loop(), 0.0
        async with httpx.AsyncClient(timeout=2, trust_env=False) as http:
            while True:
                await asyncio.sleep(0.5)
                probing = loop.time() >= look_at
                look_at = loop.time() + LIVENESS_EVERY if probing else look_at
                for key in self.system.keys:
                    if not self._locks[key].locked():
                        await self._attend(http, key, probing=probing)

    async def _attend(self, http: httpx.AsyncClient, key: str, *, probing: bool) -> None:
        dead = not self.system.services.alive(key)
        if not dead and probing:
            dead = await self._stuck(http, key)
        if not dead or self._locks[key].locked():
            return
        async with self._locks[key]:
            at = self.diary.clock()
            await asyncio.to_thread(self.system.services.kill, key)
            self.system.begin(key)
            await self.system.ready(key)
            self._misses[key] = 0
            self.counts["ended_by_itself"] += 1
            self.diary.write("ended_by_itself", target=key, at=at, until=self.diary.clock().isoformat())

    async def _stuck(self, http: httpx.AsyncClient, key: str) -> bool:
        name, _, number = key.rpartition("-")
        try:
            alive = (await http.get(f"{self.system.layout.url(name, int(number))}/health/live")).is_success
        except httpx.HTTPError:
            alive = False
        self._misses[key] = 0 if alive else self._misses[key] + 1
        return self._misses[key] >= MISSES_UNTIL_DEAD

    @asynccontextmanager
    async def _alone(self, strike: Strike) -> AsyncIterator[None]:
        """Two strikes do not start one process twice."""
        async with AsyncExitStack() as stack:
            for key in self._taken(strike):
                await stack.enter_async_context(self._locks[key])
            yield

    def _taken(self, strike: Strike) -> tuple[str, ...]:
        if strike.kind in WHOLE and self.system.rung is Rung.EMBEDDED:
            return self.system.keys
        if strike.kind in ONE:
            return (strike.target,)
        return ("store",) if strike.kind == "disk_full" else (strike.kind.partition("_")[0],)
