"""What is asked of the servers themselves: topics as ordered, indexes, nothing acknowledged lost when killed."""

import asyncio
import os
import secrets
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from pymongo import AsyncMongoClient

from madoguchi.bus.connection import Connection
from madoguchi.bus.producer import NotSent
from madoguchi.bus.topics import Sizes, create, wanted
from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.events import Event
from madoguchi.contracts.flow import all_topics
from madoguchi.store.open import connected
from madoguchi.store.port import Collection, Index, Unavailable
from madoguchi_sandbox.launcher.plan import BROKER, STORE
from madoguchi_sandbox.launcher.stack import Stack
from suites.bus.world import World, until
from system import layout_in

pytestmark = [pytest.mark.processes, pytest.mark.real]

CASES = Collection("cases", (Index("due_at"), Index("outbox_at"), Index("ticket", unique=True)))


@pytest.fixture(params=["motor", "pymongo"])
def driver(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MONGO_DRIVER", request.param)
    return str(request.param)


@pytest.fixture
async def database(servers: Stack) -> AsyncIterator[str]:
    name = f"real-{uuid.uuid4().hex[:12]}"
    yield name
    async with AsyncMongoClient[dict[str, Any]](servers.layout.store_uri) as client:
        await client.drop_database(name)


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Servers that a test may kill."""
    stack = Stack(layout_in(tmp_path_factory.mktemp("mortal"), real=True))
    try:
        stack.start_servers()
        yield stack
    finally:
        stack.stop_all()


async def test_topics_are_there_as_ordered_and_are_not_made_twice(servers: Stack) -> None:
    connection = Connection(servers.layout.bootstrap_servers)
    assert await create(connection, wanted(Sizes())) == ()
    admin = AIOKafkaAdminClient(**connection.options())
    await admin.start()
    try:
        described = await admin.describe_topics(list(all_topics()))
        resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in all_topics()]
        answers = await admin.describe_configs(resources)
    finally:
        await admin.close()
    partitions = {topic["topic"]: len(topic["partitions"]) for topic in described}
    configs = {name: {entry[0]: entry[1] for entry in entries} for a in answers for *_, name, entries in a.resources}
    for topic in wanted(Sizes(partitions=int(os.environ.get("TOPIC_PARTITIONS", "6")))):
        assert partitions[topic.name] == topic.partitions
        assert configs[topic.name].items() >= topic.config.items()


async def test_the_command_reads_dead_letters(servers: Stack) -> None:
    line = [str(Path(sys.executable).with_name("madoguchi")), "dead-letters", "list"]
    where = {**os.environ, "KAFKA_BOOTSTRAP_SERVERS": servers.layout.bootstrap_servers}
    done = await asyncio.to_thread(subprocess.run, line, env=where, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


async def test_indexes_are_made_where_the_server_has_them(servers: Stack, database: str, driver: str) -> None:
    """mongo-java-server keeps unique indexes only; MongoDB all of them, and answers no query without one."""
    async with connected(servers.layout.store_uri, database) as documents:
        await documents.prepare([CASES])
        await documents.prepare([CASES])
        for text in map(str, range(50)):
            await documents.insert(CASES, {"_id": text, "version": 1, "due_at": text, "ticket": text})
    async with AsyncMongoClient[dict[str, Any]](servers.layout.store_uri) as client:
        collection = client[database]["cases"]
        made = await collection.index_information()
        assert made["ticket_unique"]["unique"]
        if "storageEngines" not in await client.server_info():
            return
        assert {"due_at", "outbox_at"} <= set(made)
        plan = await collection.find({"due_at": {"$lte": "3"}}).sort("due_at").explain()
        assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"])


@pytest.mark.own_servers
async def test_a_killed_store_loses_nothing_that_it_acknowledged(mortal: Stack, driver: str) -> None:
    told: list[str] = []
    database = f"killed-{driver}"

    async def write(lane: int) -> None:
        async with connected(mortal.layout.store_uri, database) as documents:
            await documents.prepare([CASES])
            for number in range(100_000):
                key = f"{lane}-{number}"
                await documents.insert(CASES, {"_id": key, "version": 1, "ticket": key, "text": "あ" * 500})
                told.append(key)

    for _ in range(2):
        before = len(told)
        lanes = [asyncio.create_task(write(lane)) for lane in range(before, before + 8)]
        await until(lambda before=before: len(told) >= before + 400)  # type: ignore[misc]
        await asyncio.to_thread(mortal.kill, STORE)
        assert all(isinstance(end, Unavailable) for end in await asyncio.gather(*lanes, return_exceptions=True))
        mortal.start(STORE)
        await asyncio.to_thread(mortal.wait_ready, STORE)
    async with connected(mortal.layout.store_uri, database) as documents:
        stored = {found["_id"] for found in await documents.find(CASES, limit=1_000_000)}
        assert set(told) <= stored
        tickets = [await documents.find(CASES, equal={"ticket": key}) for key in told[-20:]]
        assert all(len(found) == 1 for found in tickets)


@pytest.mark.own_servers
async def test_a_killed_kafka_loses_nothing_that_it_acknowledged(mortal: Stack) -> None:
    world = World(Connection(mortal.layout.bootstrap_servers, session_seconds=6.0), secrets.token_hex(6))
    reader = await world.reader()
    sent: list[Envelope[Event]] = []
    over = asyncio.Event()

    async def send() -> None:
        while not over.is_set():
            event = world.event(len(sent) % 50, key=str(len(sent)))
            try:
                await world.producer.send([event])
            except NotSent:
                await asyncio.sleep(0.1)
            else:
                sent.append(event)

    sending = asyncio.create_task(send())
    for _ in range(2):
        before = len(sent)
        await until(lambda before=before: len(sent) > before + 50)  # type: ignore[misc]
        await asyncio.to_thread(mortal.kill, BROKER)
        mortal.start(BROKER)
        await asyncio.to_thread(mortal.wait_ready, BROKER)
    before = len(sent)
    await until(lambda: len(sent) > before + 50)
    over.set()
    await sending
    await until(lambda: {event.id for event in sent} <= set(reader.ids()))
    await world.close()
