"""What the services have stored: reading one finished request, and filling the stores with any number of its likes.

A copy differs from its model in the request's id, wherever it stands, and in its own `_id`; everything else, the sizes
and the indexed fields too, is as the services wrote it. The sealed PDFs are left out: a million would be a hundred
gigabytes, and they are only ever read by their key.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pymongo import MongoClient

from madoguchi.contracts.flow import SERVICES
from madoguchi.vault.open import DATABASE
from madoguchi_sandbox.launcher.plan import Layout, Rung

DATABASES = (*SERVICES, DATABASE)
LEFT_OUT = "certificates"
BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Model:
    """One stored document of a finished request."""

    database: str
    collection: str
    key: str
    text: str
    """JSON, as SQLite holds it."""

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.text.encode())


def copies(model: Model, request_id: str, numbers: Sequence[int]) -> Iterator[tuple[str, str]]:
    """(`_id`, document) of the copy with each number. Pure."""
    for number in numbers:
        fresh = f"req_{number:026d}"
        text = model.text.replace(request_id, fresh)
        key = model.key.replace(request_id, fresh)
        if key == model.key:
            key = f"{number:0{len(key)}d}"
            text = text.replace(model.key, key)
        yield key, text


def models(where: Layout, request_id: str) -> list[Model]:
    """Every document that belongs to the request: it names it, or one that does names its `_id` (a used nonce)."""
    found = _mongo_models(where) if where.rung is Rung.NATIVE else _sqlite_models(where)
    named = [model for model in found if request_id in model.text]
    told = "".join(model.text for model in named if model.collection != LEFT_OUT)
    return [*named, *(model for model in found if model not in named and model.key in told)]


def fill(where: Layout, kept: Sequence[Model], request_id: str, numbers: range) -> None:
    """Add copies. The services must not run."""
    for model in kept:
        if model.collection == LEFT_OUT:
            continue
        made = copies(model, request_id, numbers)
        if where.rung is Rung.NATIVE:
            _mongo_fill(where, model, made)
        else:
            _sqlite_fill(where, model, made)


def on_disk(where: Layout) -> int:
    """Bytes of the stores' files."""
    folder = where.folder / "data"
    files = folder.glob("*.sqlite3*") if where.rung is Rung.EMBEDDED else (folder / "mongo").rglob("*")
    return sum(path.stat().st_size for path in files if path.is_file())


def _file(where: Layout, database: str) -> Path:
    return where.folder / "data" / f"{database}.sqlite3"


def _sqlite_models(where: Layout) -> list[Model]:
    found = []
    for database in DATABASES:
        with closing(sqlite3.connect(_file(where, database))) as connection:
            tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for table in tables:
                rows = connection.execute(f'SELECT _id, document FROM "{table}"').fetchall()
                found += [Model(database, table, key, text) for key, text in rows]
    return found


def _sqlite_fill(where: Layout, model: Model, made: Iterator[tuple[str, str]]) -> None:
    version = json.loads(model.text)["version"]
    statement = f'INSERT INTO "{model.collection}" (_id, version, document) VALUES (?, ?, ?)'
    with closing(sqlite3.connect(_file(where, model.database), isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        while batch := [(key, version, text) for key, text in islice(made, 10 * BATCH)]:
            connection.execute("BEGIN")
            connection.executemany(statement, batch)
            connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA optimize")


def _mongo_models(where: Layout) -> list[Model]:
    found = []
    with MongoClient[dict[str, object]](where.store_uri) as client:
        for database in DATABASES:
            for name in client[database].list_collection_names():
                rows = client[database][name].find({})
                found += [Model(database, name, str(row["_id"]), json.dumps(row, ensure_ascii=False)) for row in rows]
    return found


def _mongo_fill(where: Layout, model: Model, made: Iterator[tuple[str, str]]) -> None:
    with MongoClient[dict[str, object]](where.store_uri) as client:
        collection = client[model.database][model.collection]
        while batch := [json.loads(text) for _, text in islice(made, BATCH)]:
            collection.insert_many(batch, ordered=False)
