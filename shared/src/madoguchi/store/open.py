"""Opening the store that an address names: the only place where SQLite and MongoDB meet."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_exponential_jitter

from madoguchi.store import mongo, sqlite
from madoguchi.store.measured import MeasuredDocuments
from madoguchi.store.port import Collection, Documents, Unavailable

_log: Final = structlog.get_logger("madoguchi.store")


@asynccontextmanager
async def connected(uri: str, database: str) -> AsyncIterator[Documents]:
    """The documents of `database`, until the context ends.

    `sqlite:///folder` is the file `/folder/<database>.sqlite3`, made if it is not there; `mongodb://…` and
    `mongodb+srv://…` a server. Raises `ValueError` for any other address.
    """
    if not database.replace("-", "").replace("_", "").isalnum():
        raise ValueError(f"not a name for a database: {database!r}")
    match urlsplit(uri).scheme:
        case "sqlite":
            async with sqlite.opened(sqlite_file(uri, database)) as documents:
                yield MeasuredDocuments(documents, "sqlite")
        case "mongodb" | "mongodb+srv":
            async with mongo.opened(uri, database) as documents:
                yield MeasuredDocuments(documents, "mongodb")
        case other:
            raise ValueError(f"a store is sqlite:///… or mongodb://…, not {other!r}")


async def prepared(documents: Documents, collections: Sequence[Collection]) -> None:
    """`documents.prepare`, as soon as the store is there.

    A service that ended instead would be started again later and later, long after the store is back.
    """
    until_there = AsyncRetrying(
        retry=retry_if_exception_type(Unavailable),
        wait=wait_exponential_jitter(multiplier=0.1, max=2.0, jitter=0.1),
        before_sleep=_say_not_there,
    )
    await until_there(documents.prepare, collections)


def _say_not_there(state: RetryCallState) -> None:
    _log.warning("store_not_there", attempts=state.attempt_number)


def sqlite_file(uri: str, database: str) -> Path:
    """The file of `database` below the folder that the address names. Raises `ValueError` when it is not absolute."""
    parts = urlsplit(uri)
    if parts.netloc or not parts.path.startswith("/"):
        raise ValueError("a sqlite address has three slashes and an absolute folder: sqlite:///var/lib/madoguchi")
    return Path(unquote(parts.path)) / f"{database}.sqlite3"
