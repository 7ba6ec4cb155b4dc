"""The rungs on which the bus suite runs: the embedded broker, and a real one when KAFKA_BOOTSTRAP_SERVERS names it."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator

import pytest

from madoguchi.bus.connection import Connection
from madoguchi.bus.topics import Sizes, create, wanted
from madoguchi_sandbox.broker.front import running
from suites.bus.world import World

SERVER = os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "")
SESSION_SECONDS = 6.0 if SERVER else 3.0
"""A real broker takes no less; the embedded one makes a group wait nearly that long when a member went."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "rung" in metafunc.fixturenames:
        metafunc.parametrize("rung", ["embedded", *(["server"] if SERVER else [])])


@pytest.fixture
async def connection(rung: str) -> AsyncIterator[Connection]:
    if rung == "server":
        there = Connection(SERVER, session_seconds=SESSION_SECONDS)
        await create(there, wanted(Sizes(partitions=4)))
        yield there
    else:
        async with running("127.0.0.1", 0) as broker:
            yield Connection(f"127.0.0.1:{broker.port}", session_seconds=SESSION_SECONDS)


@pytest.fixture
async def world(connection: Connection) -> AsyncIterator[World]:
    """Request ids of this test only, so that tests on one server do not hear each other."""
    made = World(connection, secrets.token_hex(6))
    yield made
    async with asyncio.timeout(60):
        await made.close()
