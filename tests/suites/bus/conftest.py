"""The rungs on which the bus suite runs: the embedded broker, or Apache Kafka (`--rung=real`)."""

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest

from madoguchi.bus.connection import Connection
from madoguchi_sandbox.broker.front import running
from madoguchi_sandbox.launcher.stack import Stack
from suites.bus.world import World

SESSION_SECONDS = {"kafka": 6.0, "embedded": 3.0}
"""Kafka takes no less; the embedded one makes a group wait nearly that long when a member went."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "rung" in metafunc.fixturenames:
        metafunc.parametrize("rung", ["kafka" if metafunc.config.getoption("rung") == "real" else "embedded"])


@pytest.fixture
async def connection(rung: str, request: pytest.FixtureRequest) -> AsyncIterator[Connection]:
    if rung == "kafka":
        servers: Stack = request.getfixturevalue("servers")
        yield Connection(servers.layout.bootstrap_servers, session_seconds=SESSION_SECONDS[rung])
    else:
        async with running("127.0.0.1", 0) as broker:
            yield Connection(f"127.0.0.1:{broker.port}", session_seconds=SESSION_SECONDS[rung])


@pytest.fixture
async def world(connection: Connection) -> AsyncIterator[World]:
    """Request ids of this test only, so that tests on one server do not hear each other."""
    made = World(connection, secrets.token_hex(6))
    yield made
    async with asyncio.timeout(60):
        await made.close()
