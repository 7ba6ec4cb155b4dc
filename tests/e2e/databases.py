"""What lies in the databases, read past the services; of SQLite as of MongoDB."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any, Final
from urllib.parse import urlsplit

from pymongo import MongoClient
from pymongo.collection import Collection

from madoguchi_sandbox.launcher.plan import Rung
from madoguchi_sandbox.launcher.stack import Stack
from rungs import DATABASES

A_FEW: Final = 100
"""Documents asked for at once; the largest, a certificate, has 0.2 MB."""


def documents(stack: Stack) -> Iterator[str]:
    """Every document of every database, as its text."""
    if not _on_sqlite(stack):
        with MongoClient[dict[str, Any]](stack.layout.store_uri) as client:
            for database in DATABASES & set(client.list_database_names()):
                for collection in client[database].list_collection_names():
                    for document in _every(client[database][collection]):
                        yield json.dumps(document, ensure_ascii=False)
        return
    for path in sorted((stack.layout.folder / "data").glob("*.sqlite3")):
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
            for (table,) in tables:
                for row in connection.execute(f'SELECT * FROM "{table}"'):
                    yield json.dumps([str(value) for value in row], ensure_ascii=False)


def stored(stack: Stack, database: str, collection: str) -> list[dict[str, Any]]:
    """The documents of one collection."""
    if not _on_sqlite(stack):
        with MongoClient[dict[str, Any]](stack.layout.store_uri) as client:
            return list(_every(client[database][collection]))
    path = stack.layout.folder / "data" / f"{database}.sqlite3"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return [json.loads(text) for (text,) in connection.execute(f'SELECT document FROM "{collection}"')]


def _every(collection: Collection[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """A few at a time: a modest server answers with everything in one message, and no message may have over 48 MB."""
    ids = [found["_id"] for found in collection.find({}, {"_id": True})]
    for start in range(0, len(ids), A_FEW):
        yield from collection.find({"_id": {"$in": ids[start : start + A_FEW]}})


def wrapped_key(stack: Stack, request_id: str) -> bytes:
    """The request's key as it rests in the vault: wrapped under the town's key, base64."""
    (found,) = (key for key in stored(stack, "vault", "data_keys") if key["_id"] == request_id)
    return str(found["wrapped"]).encode()


def on_disk(stack: Stack, text: bytes) -> bool:
    """Whether `text` is anywhere in the files of the databases. How long other servers keep what was deleted in their
    files is theirs to say; of them it is asked what they still answer."""
    if stack.layout.rung is not Rung.EMBEDDED:
        return any(text in document.encode() for document in documents(stack))
    return any(text in path.read_bytes() for path in (stack.layout.folder / "data").iterdir())


def _on_sqlite(stack: Stack) -> bool:
    return urlsplit(stack.layout.store_uri).scheme == "sqlite"
