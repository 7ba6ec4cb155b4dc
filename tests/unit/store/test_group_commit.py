"""The writer thread: one commit for many, each with a fate of its own; told only when it is durable."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from madoguchi.store.group_commit import GroupCommit, Work
from madoguchi.store.port import Unavailable


@pytest.fixture
async def writer(tmp_path: Path) -> AsyncIterator[GroupCommit]:
    connection = sqlite3.connect(tmp_path / "db", isolation_level=None, check_same_thread=False)
    connection.execute("CREATE TABLE t (x INTEGER NOT NULL UNIQUE)")
    made = GroupCommit(connection, tmp_path / "lock", asyncio.get_running_loop())
    yield made
    await asyncio.to_thread(made.close)


def put(x: object) -> Work:
    return lambda connection: connection.execute("INSERT INTO t VALUES (?)", (x,)).lastrowid


def stored(tmp_path: Path) -> list[int]:
    with sqlite3.connect(tmp_path / "db") as other:
        found = [x for (x,) in other.execute("SELECT x FROM t ORDER BY x")]
    other.close()
    return found


async def test_each_has_its_own_fate(writer: GroupCommit, tmp_path: Path) -> None:
    def wrong(_connection: sqlite3.Connection) -> None:
        raise KeyError("wrong")

    works = [put(1), put(1), wrong, put(None), put(2)]
    results = await asyncio.gather(*(writer.run(work) for work in works), return_exceptions=True)
    kinds = [type(result) for result in results]
    assert kinds == [int, sqlite3.IntegrityError, KeyError, sqlite3.IntegrityError, int]
    assert stored(tmp_path) == [1, 2]


async def test_who_is_told_can_count_on_it(writer: GroupCommit, tmp_path: Path) -> None:
    for x in range(5):
        await writer.run(put(x))
        assert stored(tmp_path) == list(range(x + 1))


async def test_it_waits_for_another_process_that_holds_the_file(writer: GroupCommit, tmp_path: Path) -> None:
    await writer.run(lambda connection: connection.execute("PRAGMA busy_timeout = 1"))
    other = sqlite3.connect(tmp_path / "db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(writer.run(put(1)))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    other.execute("COMMIT")
    other.close()
    await waiting
    assert stored(tmp_path) == [1]


async def test_when_everything_fails_everyone_hears_of_it_and_the_next_are_served(
    writer: GroupCommit, tmp_path: Path
) -> None:
    works = [put(1), lambda connection: connection.execute("ROLLBACK"), put(2)]
    results = await asyncio.gather(*(writer.run(work) for work in works), return_exceptions=True)
    assert all(isinstance(result, Unavailable) for result in results)
    await writer.run(put(3))
    assert 3 in stored(tmp_path)


async def test_the_event_loop_is_not_blocked_while_it_writes(writer: GroupCommit) -> None:
    released = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(_connection: sqlite3.Connection) -> None:
        # The loop must run for this to return.
        asyncio.run_coroutine_threadsafe(released.wait(), loop).result(5)

    writing = asyncio.create_task(writer.run(slow))
    await asyncio.sleep(0.01)
    released.set()
    await writing


async def test_closing_writes_what_waits(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "db", isolation_level=None, check_same_thread=False)
    connection.execute("CREATE TABLE t (x INTEGER)")
    writer = GroupCommit(connection, tmp_path / "lock", asyncio.get_running_loop())
    tasks = [asyncio.create_task(writer.run(put(x))) for x in range(600)]
    await asyncio.sleep(0)
    await asyncio.to_thread(writer.close)
    await asyncio.gather(*tasks)
    assert stored(tmp_path) == list(range(600))
    with pytest.raises(Unavailable):
        await writer.run(put(1))
