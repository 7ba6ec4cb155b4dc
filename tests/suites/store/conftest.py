"""The rungs on which the store suite runs: memory and SQLite, or a MongoDB-wire server by each driver."""

import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from pymongo import AsyncMongoClient

from madoguchi.store.aggregates import Aggregates
from madoguchi.store.open import connected
from madoguchi.store.port import Documents
from madoguchi.testing.clock import HandClock
from madoguchi.testing.documents import MemoryDocuments
from madoguchi_sandbox.launcher.stack import Stack
from suites.store.relaying import CASES, Broker, State

Connect = Callable[[], AbstractAsyncContextManager[Documents]]
"""Opens one more connection to the same database."""

RUNGS = {"embedded": ["memory", "sqlite"], "real": ["mongo-motor", "mongo-pymongo"]}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "rung" in metafunc.fixturenames:
        metafunc.parametrize("rung", RUNGS[metafunc.config.getoption("rung")])


@pytest.fixture
async def connect(
    rung: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> AsyncIterator[Connect]:
    database = f"suite-{uuid.uuid4().hex[:12]}"
    if rung == "memory":
        memory = MemoryDocuments()

        @asynccontextmanager
        async def same() -> AsyncIterator[Documents]:
            yield memory

        yield same
    elif rung == "sqlite":
        yield lambda: connected(f"sqlite://{tmp_path}/data", database)
    else:
        monkeypatch.setenv("MONGO_DRIVER", rung.removeprefix("mongo-"))
        servers: Stack = request.getfixturevalue("servers")
        yield lambda: connected(servers.layout.store_uri, database)
        async with AsyncMongoClient[dict[str, object]](servers.layout.store_uri) as client:
            await client.drop_database(database)


@pytest.fixture
async def documents(connect: Connect) -> AsyncIterator[Documents]:
    async with connect() as opened:
        yield opened


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
async def cases(documents: Documents) -> Aggregates[State]:
    await documents.prepare([CASES])
    return Aggregates(documents, CASES, State, HandClock())
