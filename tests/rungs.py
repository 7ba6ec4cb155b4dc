"""Servers that run elsewhere: where they are, and leaving them as they were found."""

import asyncio
import os
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from pymongo import MongoClient

from madoguchi.bus.connection import Connection
from madoguchi.contracts.flow import ALL_SERVICES
from madoguchi_sandbox.launcher.plan import Layout, Rung

KAFKA, MONGODB = "KAFKA_BOOTSTRAP_SERVERS", "MONGODB_URI"
DATABASES = {*ALL_SERVICES, "vault"}
Answer = TypeVar("Answer")


def elsewhere() -> tuple[str, str] | None:
    """Addresses of Kafka and of MongoDB, when the environment names them. One alone is a mistake."""
    kafka, mongodb = os.environ.get(KAFKA, ""), os.environ.get(MONGODB, "")
    if bool(kafka) != bool(mongodb):
        raise pytest.UsageError(f"{KAFKA} and {MONGODB} are set together, or not at all")
    return (kafka, mongodb) if kafka else None


@contextmanager
def emptied(layout: Layout) -> Iterator[None]:
    """Servers elsewhere must hold nothing of ours before, and hold nothing of ours afterwards."""
    if layout.rung is not Rung.ELSEWHERE:
        yield
        return
    if found := {*_databases(layout), *_run(_topics(layout))}:
        raise pytest.UsageError(f"Use servers that are set aside for this. Remove first: {', '.join(sorted(found))}")
    try:
        yield
    finally:
        with MongoClient[dict[str, object]](layout.mongodb) as client:
            for name in _databases(layout):
                client.drop_database(name)
        _run(_delete_topics(layout))


def _run(work: Coroutine[None, None, Answer]) -> Answer:
    """In a thread of its own: the servers may be asked for by a fixture whose event loop runs."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def _databases(layout: Layout) -> set[str]:
    with MongoClient[dict[str, object]](layout.mongodb, serverSelectionTimeoutMS=10_000) as client:
        return DATABASES & set(client.list_database_names())


async def _topics(layout: Layout) -> set[str]:
    admin = AIOKafkaAdminClient(**Connection(layout.kafka).options())
    try:
        await admin.start()
        return {name for name in await admin.list_topics() if name.startswith("madoguchi.")}
    finally:
        await admin.close()


async def _delete_topics(layout: Layout) -> None:
    """Returns when they are gone: the broker says yes before it has done it."""
    admin = AIOKafkaAdminClient(**Connection(layout.kafka).options())
    try:
        await admin.start()
        await admin.delete_topics(sorted(await _topics(layout)))
    finally:
        await admin.close()
    async with asyncio.timeout(30):
        while await _topics(layout):  # noqa: ASYNC110 - the broker tells nobody
            await asyncio.sleep(0.2)
