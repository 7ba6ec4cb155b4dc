"""The system under attack: servers, sandbox, several instances of each service behind their public addresses."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Final

from crowd.door import Door, standing
from madoguchi.contracts.flow import SERVICES
from madoguchi.service.clock import utc_now
from madoguchi_sandbox.init import TOWN_FILE, initialise
from madoguchi_sandbox.launcher.plan import SANDBOX, STORE, Layout, Rung
from madoguchi_sandbox.launcher.stack import Stack
from towns import SECOND_TOWN, another_town

PUBLIC: Final = ("request-intake", "issuance")
"""Those that residents reach: one address each, whatever instances are behind it."""

STORE_DOOR: Final = 95
"""Offset of the port at which the store can be cut off."""

PACE: Final = {
    "API_RATE_PER_MINUTE": "1000000",
    "PAGE_RATE_PER_MINUTE": "1000000",
    "VERIFY_PER_MINUTE": "1000000",
    "DOWNLOAD_PER_MINUTE": "1000000",
    "CRL_PATIENCE_SECONDS": "2",
    "CERTIFICATE_WORKERS": "1",
    "REDRIVE_SECONDS": "10",
    "PROVIDER_SECONDS": "5",
    "TOPIC_PARTITIONS": "12",
}
"""As in a town but for this: a crowd comes from one address, cases are re-driven twice as soon."""


SESSION: Final = {Rung.EMBEDDED: {"KAFKA_SESSION_SECONDS": "3"}, Rung.NATIVE: {}}
"""After how long a silent member of a group counts as dead; Kafka grants no less than the launcher's own 6 seconds."""


@dataclass(slots=True)
class Attacked:
    """What the strikes work on. `servers` and `services` are two launchers of one system.

    The services' way to the store leads through a door that can be cut."""

    servers: Stack
    services: Stack
    store_door: Door | None
    instances: tuple[int, ...]
    more: Mapping[str, str] = field(default_factory=dict)
    """Added to the environment of every service."""
    doors: tuple[Door, ...] = ()
    """What residents and peers come in by."""

    @property
    def layout(self) -> Layout:
        """Where the services, and everything that residents use, are."""
        return self.services.layout

    @property
    def rung(self) -> Rung:
        """On what it runs."""
        return self.servers.layout.rung

    @property
    def keys(self) -> tuple[str, ...]:
        """Every instance of a service."""
        return tuple(f"{name}-{instance}" for name in SERVICES for instance in self.instances)

    def begin(self, key: str, more: Mapping[str, str] = MappingProxyType({})) -> None:
        """Start an instance."""
        name, _, number = key.rpartition("-")
        self.services.start(name, int(number), {**self.more, **more})

    async def ready(self, *keys: str, within: float = 120.0) -> None:
        """Wait until they answer. On a busy machine several starts at once take their time."""
        await asyncio.to_thread(self.services.wait_ready, *keys, within=within)

    async def server_ready(self, name: str) -> None:
        """Wait until a server answers."""
        await asyncio.to_thread(self.servers.wait_ready, name)


def layouts(folder: Path, base_port: int, rung: Rung) -> tuple[Layout, Layout]:
    """Of the servers, and of everything else."""
    servers = Layout(folder / "servers", base_port, rung)
    if rung is Rung.EMBEDDED:
        return servers, Layout(folder, base_port, Rung.ELSEWHERE, servers.bootstrap_servers, f"sqlite://{folder}/data")
    store = f"mongodb://127.0.0.1:{base_port + STORE_DOOR}"
    return servers, Layout(folder, base_port, Rung.ELSEWHERE, servers.bootstrap_servers, store)


def _make_towns(layout: Layout) -> None:
    """Made some hours ago, so that an instance whose clock is behind knows them too."""
    then = utc_now() - timedelta(hours=3)
    with tempfile.TemporaryDirectory() as scratch:
        second = another_town(Path(scratch), SECOND_TOWN, ("charge: after_review", "charge: before_review"))
        for file in (TOWN_FILE, second):
            initialise(layout.folder, layout.url(SANDBOX), then, file)


@asynccontextmanager
async def attacked(
    folder: Path, base_port: int, rung: Rung, instances: tuple[int, ...], more: Mapping[str, str]
) -> AsyncIterator[Attacked]:
    """The whole system, running, with these instances of each service; everything is stopped at the end."""
    os.environ.update(PACE)
    below, above = layouts(folder, base_port, rung)
    _make_towns(above)
    servers, services = Stack(below), Stack(above)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(asyncio.to_thread, servers.stop_all)
        stack.push_async_callback(asyncio.to_thread, services.stop_all)
        await asyncio.to_thread(servers.start_servers)
        door = None
        if rung is Rung.NATIVE:
            door = await stack.enter_async_context(standing(base_port + STORE_DOOR, [below.port(STORE)]))
        for sub in ("data", "logs", "traces"):
            (folder / sub).mkdir(parents=True, exist_ok=True)
        services.start(SANDBOX)
        doors = []
        for name in PUBLIC:
            behind = [above.port(name, instance) for instance in instances]
            doors.append(await stack.enter_async_context(standing(above.port(name), behind)))
        system = Attacked(servers, services, door, instances, {**SESSION[rung], **more}, tuple(doors))
        for key in system.keys:
            system.begin(key)
        await system.ready(SANDBOX, *system.keys)
        yield system
