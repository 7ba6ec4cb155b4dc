"""What only the SQLite store has: its settings, its statements, its refusals."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from madoguchi.store import group_commit, sql, sqlite
from madoguchi.store.port import Collection, Index, Unavailable

THINGS = Collection("things", (Index("due_at"), Index("kind"), Index("ticket", unique=True)))


@pytest.fixture
def plain(tmp_path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    for statement in sql.create(THINGS):
        connection.execute(statement)
    return connection


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (sql.find(THINGS, {}, ("due_at", "x"), "due_at", 5), "things__due_at"),
        (sql.find(THINGS, {"kind": "x"}, None, "_id", 5), "things__kind"),
        (sql.find(THINGS, {"ticket": "x"}, None, "_id", 5), "things__ticket__unique"),
        (sql.find(THINGS, {"_id": "x"}, None, "_id", 5), "sqlite_autoindex_things_1"),
        (sql.count(THINGS, {"kind": "x"}, None, 5), "things__kind"),
        (sql.count(THINGS, {}, ("due_at", "x"), 5), "things__due_at"),
    ],
)
def test_every_query_uses_its_index(plain: sqlite3.Connection, query: tuple[str, list[str]], index: str) -> None:
    plan = plain.execute(f"EXPLAIN QUERY PLAN {query[0]}", query[1]).fetchall()
    plain.close()
    assert any(f"SEARCH things USING INDEX {index} " in step[3] + " " for step in plan)
    assert not any("SCAN things" in step[3] for step in plan)


def test_a_bounded_query_reads_in_order_without_sorting(plain: sqlite3.Connection) -> None:
    query, values = sql.find(THINGS, {}, ("due_at", "x"), "due_at", 5)
    plan = plain.execute(f"EXPLAIN QUERY PLAN {query}", values).fetchall()
    plain.close()
    assert len(plan) == 1


@pytest.mark.parametrize("name", ['a"; DROP TABLE things; --', "", "Upper", "1st", "x" * 64])
def test_a_strange_name_never_reaches_a_statement(name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        sql.create(Collection(name))
    with pytest.raises(ValueError, match="not a name"):
        sql.find(THINGS, {name: "x"}, None, "_id", 1)


async def test_every_connection_is_durable_and_overwrites_what_it_deletes(tmp_path: Path) -> None:
    connection = sqlite._connect(tmp_path / "db")
    names = ("journal_mode", "synchronous", "secure_delete", "busy_timeout")
    values = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]
    connection.close()
    assert values == ["wal", 2, 1, 5000]


@pytest.mark.parametrize("value", ["\ud800", float("nan"), object()])
async def test_what_is_no_json_is_refused_before_it_is_written(tmp_path: Path, value: object) -> None:
    async with sqlite.opened(tmp_path / "db") as documents:
        await documents.prepare([THINGS])
        with pytest.raises((ValueError, TypeError)):
            await documents.insert(THINGS, {"_id": "a", "version": 1, "value": value})
        assert await documents.find(THINGS) == []


async def test_after_closing_it_is_unavailable(tmp_path: Path) -> None:
    async with sqlite.opened(tmp_path / "db") as documents:
        await documents.prepare([THINGS])
    for call in (documents.get(THINGS, "a"), documents.insert(THINGS, {"_id": "a", "version": 1}), documents.ping()):
        with pytest.raises(Unavailable):
            await call


async def test_it_opens_in_many_places_at_once(tmp_path: Path) -> None:
    async def one(name: str) -> None:
        async with sqlite.opened(tmp_path / "folder" / "db") as documents:
            await documents.prepare([THINGS])
            await documents.insert(THINGS, {"_id": name, "version": 1})

    await asyncio.gather(*(one(f"n{n}") for n in range(12)))
    async with sqlite.opened(tmp_path / "folder" / "db") as documents:
        assert len(await documents.find(THINGS)) == 12


async def test_what_was_replaced_is_soon_gone_from_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The write-ahead log holds former pages as they were; a key that was destroyed must not live on in it."""
    monkeypatch.setattr(group_commit, "PAUSE_SECONDS", 0.05)
    async with sqlite.opened(tmp_path / "x.sqlite3") as documents:
        await documents.prepare((THINGS,))
        await documents.insert(THINGS, {"_id": "k", "version": 1, "wrapped": "former-secret"})
        await documents.replace(THINGS, {"_id": "k", "version": 2, "erased": True})
        for _ in range(250):
            if not _on_disk(tmp_path, b"former-secret"):
                break
            await asyncio.sleep(0.02)
        assert not _on_disk(tmp_path, b"former-secret")
        assert await documents.get(THINGS, "k") == {"_id": "k", "version": 2, "erased": True}


def _on_disk(folder: Path, text: bytes) -> bool:
    return any(text in path.read_bytes() for path in folder.iterdir())
