"""What lies behind the counter: the vault as a service opens it, a clerk's decisions, everything on the topics, files.

For tests only. A clerk's decision is published here as the console publishes it.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from madoguchi.bus.connection import Connection
from madoguchi.bus.producer import Producer
from madoguchi.bus.record import Record
from madoguchi.contracts.envelope import envelop
from madoguchi.contracts.events import Decision, Event
from madoguchi.contracts.flow import CONSOLE
from madoguchi.policy.load import load_towns
from madoguchi.service.clock import utc_now
from madoguchi.vault.open import opened
from madoguchi.vault.vault import StoredVault
from madoguchi_sandbox.launcher.stack import Stack


@dataclass(frozen=True, slots=True)
class Where:
    """What the vault needs to know, as a service's settings say it."""

    mongodb_uri: str
    secrets_dir: Path
    vault_mongodb_uri: str | None = None


@asynccontextmanager
async def vault_of(stack: Stack) -> AsyncIterator[StoredVault]:
    """The vault that the services share."""
    folder = stack.layout.folder
    where = Where(stack.layout.store_uri, folder / "secrets")
    async with opened(where, load_towns(folder / "municipalities")) as vault:
        yield vault


def broker_of(stack: Stack) -> Connection:
    """How to reach the broker."""
    return Connection(stack.layout.bootstrap_servers)


async def decides(stack: Stack, decision: Decision) -> None:
    """A clerk decides."""
    await does(stack, decision, key=decision.decided_at.isoformat())


async def does(stack: Stack, act: Event, *, key: str) -> None:
    """A clerk does something else: asks, has a notice sent again. The same key is the same act."""
    async with Producer(broker_of(stack), CONSOLE) as producer:
        await producer.send([envelop(act, time=utc_now(), key=key)])


async def publish(stack: Stack, records: Iterable[Record]) -> None:
    """Put records on their topics as they are, in this order."""
    async with Producer(broker_of(stack), "test") as producer:
        await producer.publish(list(records))


async def everything(stack: Stack) -> list[Record]:
    """Every record of every topic that the broker holds now."""
    options = broker_of(stack).options()
    places = await _places(options)
    if not places:
        return []
    client = AIOKafkaConsumer(**options, enable_auto_commit=False, auto_offset_reset="earliest", fetch_max_wait_ms=50)
    await client.start()
    try:
        return await _read(client, places)
    finally:
        await client.stop()


async def _places(options: dict[str, Any]) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(**options)
    try:
        await admin.start()
        described = await admin.describe_topics([t for t in await admin.list_topics() if t.startswith("madoguchi.")])
    finally:
        await admin.close()
    return [TopicPartition(topic["topic"], one["partition"]) for topic in described for one in topic["partitions"]]


async def _read(client: AIOKafkaConsumer, places: list[TopicPartition]) -> list[Record]:
    records: list[Record] = []
    client.assign(places)
    ends = {place: end for place, end in (await client.end_offsets(places)).items() if end > 0}
    async with asyncio.timeout(30):
        while any([await client.position(place) < end for place, end in ends.items()]):
            for batch in (await client.getmany(timeout_ms=200)).values():
                records += [
                    Record(raw.topic, raw.key, raw.value, tuple(raw.headers), raw.partition, raw.offset)
                    for raw in batch
                ]
    return records


@dataclass(slots=True)
class Archive:
    """What was ever on the topics, as far as a test looked before the broker forgot it."""

    records: dict[tuple[str, bytes | None, bytes | None, str | None], Record]

    async def look(self, stack: Stack) -> None:
        """Add what the broker holds now."""
        for record in await everything(stack):
            self.records[record.topic, record.key, record.value, record.header("ce_redrive")] = record

    def of(self, request_id: str) -> list[Record]:
        """The records of one request."""
        return [record for record in self.records.values() if record.key == request_id.encode()]


def files(stack: Stack, *but: str) -> Iterator[Path]:
    """Every file below the run-time folder, but for those whose place begins with one of `but`."""
    for path in sorted(stack.layout.folder.rglob("*")):
        place = path.relative_to(stack.layout.folder).as_posix()
        if path.is_file() and not place.startswith(but):
            yield path
