"""The rungs on which the store suite runs. MongoDB's are there when MONGODB_URI names a server, else not collected."""

import os
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from madoguchi.store.aggregates import Aggregates
from madoguchi.store.open import connected
from madoguchi.store.port import Documents
from madoguchi.testing.clock import HandClock
from madoguchi.testing.documents import MemoryDocuments
from suites.store.relaying import CASES, Broker, State

Connect = Callable[[], AbstractAsyncContextManager[Documents]]
"""Opens one more connection to the same database."""

SERVER = os.environ.get("MONGODB_URI", "")
EMBEDDED = ["memory", "sqlite"]
ON_A_SERVER = ["mongo-motor", "mongo-pymongo"] if SERVER.startswith("mongodb") else []


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "rung" in metafunc.fixturenames:
        metafunc.parametrize("rung", [*EMBEDDED, *ON_A_SERVER])


@pytest.fixture
async def connect(rung: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Connect]:
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
        yield lambda: connected(SERVER, database)
        from pymongo import AsyncMongoClient

        async with AsyncMongoClient[dict[str, object]](SERVER) as client:
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
