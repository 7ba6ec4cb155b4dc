"""The store port on one SQLite file, for the embedded rung: WAL, `synchronous=FULL`.

One thread writes: it takes all writes that wait, runs them in one transaction, commits (one `fsync` for all of them),
and only then lets their callers go on. One thread reads, on a connection of its own. Several processes may share the
file. The file is private to its user, and what is deleted is overwritten (`secure_delete`), for the vault's sake.
"""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from tenacity import retry, retry_if_exception, stop_after_delay, wait_random_exponential

from madoguchi.store import sql
from madoguchi.store.group_commit import GroupCommit, is_busy
from madoguchi.store.port import (
    Collection,
    Document,
    DuplicateKey,
    Scalar,
    StaleVersion,
    Unavailable,
    refuse_unbounded,
    refuse_unindexed,
)

T = TypeVar("T")

BUSY_MILLISECONDS: Final = 5_000
_UNIQUE: Final = frozenset({"SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_UNIQUE"})


class SqliteDocuments:
    """See `madoguchi.store.port.Documents`. Made by `opened`; belongs to the event loop that opened it."""

    def __init__(self, writer: GroupCommit, reader: sqlite3.Connection) -> None:
        self._writer = writer
        self._reader = reader
        self._reading = ThreadPoolExecutor(1, thread_name_prefix="sqlite-read")

    async def prepare(self, collections: Sequence[Collection]) -> None:
        """See `Documents`."""
        statements = [statement for collection in collections for statement in sql.create(collection)]

        def work(connection: sqlite3.Connection) -> None:
            for statement in statements:
                connection.execute(statement)

        await self._writer.run(work)

    async def insert(self, collection: Collection, document: Document) -> None:
        """See `Documents`."""
        values = (document["_id"], document["version"], _text(document))
        await self._writer.run(partial(_insert, sql.insert(collection), values))

    async def get(self, collection: Collection, key: str) -> Document | None:
        """See `Documents`."""
        found = await self._read(sql.get(collection), [key])
        return found[0] if found else None

    async def replace(self, collection: Collection, document: Document) -> None:
        """See `Documents`."""
        version = document["version"]
        values = (version, _text(document), document["_id"], version - 1)
        await self._writer.run(partial(_replace, sql.replace(collection), values))

    async def delete(self, collection: Collection, key: str) -> bool:
        """See `Documents`."""
        return await self._writer.run(partial(_delete, sql.delete(collection), key))

    async def find(
        self,
        collection: Collection,
        *,
        equal: Mapping[str, Scalar] | None = None,
        at_most: tuple[str, str | int] | None = None,
        order_by: str = "_id",
        limit: int = 100,
    ) -> list[Document]:
        """See `Documents`."""
        refuse_unindexed(collection, equal, at_most, order_by, limit)
        return await self._read(*sql.find(collection, equal or {}, at_most, order_by, limit))

    async def count(
        self,
        collection: Collection,
        *,
        equal: Mapping[str, Scalar] | None = None,
        at_most: tuple[str, str | int] | None = None,
        limit: int = 10_000,
    ) -> int:
        """See `Documents`."""
        refuse_unbounded(collection, equal, at_most, limit)
        query, parameters = sql.count(collection, equal or {}, at_most, limit)
        (found,) = await self._in_reader(lambda: self._reader.execute(query, parameters).fetchone())
        return int(found)

    async def scan(self, collection: Collection, after: str = "", limit: int = 100) -> list[Document]:
        """See `Documents`."""
        return await self._read(sql.scan(collection), [after, limit])

    async def names(self) -> list[str]:
        """See `Documents`."""
        return await self._in_reader(lambda: [name for (name,) in self._reader.execute(sql.NAMES).fetchall()])

    async def ping(self) -> None:
        """See `Documents`. Asks for both a read and the turn to write."""
        await self._in_reader(lambda: self._reader.execute("SELECT 1").fetchone())
        await self._writer.run(lambda _connection: None)

    def close(self) -> None:
        """Let what waits be written, then close. Blocks."""
        self._reading.shutdown(wait=True)
        self._reader.close()
        self._writer.close()

    async def _read(self, query: str, parameters: Sequence[Scalar]) -> list[Document]:
        def work() -> list[Document]:
            return [json.loads(text) for (text,) in self._reader.execute(query, parameters).fetchall()]

        return await self._in_reader(work)

    async def _in_reader(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._reading, work)
        except (sqlite3.Error, RuntimeError) as error:
            raise Unavailable(f"SQLite: {error}") from error


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[SqliteDocuments]:
    """The documents in the file at `path` (made if it is not there), until the context ends."""
    loop = asyncio.get_running_loop()
    documents = await asyncio.to_thread(_open, path, loop)
    try:
        yield documents
    finally:
        # In a thread, it runs to its end even if whoever waits here is cancelled.
        await asyncio.to_thread(documents.close)


def _open(path: Path, loop: asyncio.AbstractEventLoop) -> SqliteDocuments:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    writer = _connect(path)
    reader = _connect(path)
    reader.execute("PRAGMA query_only = ON")
    return SqliteDocuments(GroupCommit(writer, path.with_name(path.name + ".lock"), loop), reader)


@retry(
    # Going over to WAL needs the file alone for a moment, and does not wait for `busy_timeout`.
    retry=retry_if_exception(is_busy),
    wait=wait_random_exponential(multiplier=0.01, max=0.5),
    stop=stop_after_delay(30),
    reraise=True,
)
def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        # By name: to open and close the file ourselves would drop the locks that SQLite holds on it in this process.
        path.chmod(0o600)
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _text(document: Document) -> str:
    """Raises `ValueError` for what is no JSON: half a character (a lone surrogate), or NaN."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    text.encode()
    return text


def _insert(statement: str, values: tuple[Any, ...], connection: sqlite3.Connection) -> None:
    with _clashes(values[0]):
        connection.execute(statement, values)


def _replace(statement: str, values: tuple[Any, ...], connection: sqlite3.Connection) -> None:
    with _clashes(values[2]):
        if connection.execute(statement, values).rowcount == 0:
            raise StaleVersion(values[2])


def _delete(statement: str, key: str, connection: sqlite3.Connection) -> bool:
    return connection.execute(statement, (key,)).rowcount > 0


@contextmanager
def _clashes(key: str) -> Iterator[None]:
    """A violated index as `DuplicateKey`, which names the document that was refused, not the value."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        if error.sqlite_errorname in _UNIQUE:
            raise DuplicateKey(key) from None
        raise
