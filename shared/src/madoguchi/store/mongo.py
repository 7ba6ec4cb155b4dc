"""The store port on MongoDB: motor, or PyMongo's own asyncio client when `MONGO_DRIVER=pymongo`.

The only module that knows a MongoDB driver. It calls nothing but what both drivers, and modest MongoDB-compatible
servers, do alike: single-document calls, no sessions, no transactions, no upserts.

Every write is acknowledged by a majority and journalled, every read sees what a majority has, on the primary: what the
port promises is never left to an address. Retryable writes are on: where the server has sessions, a write whose answer
was lost is applied once all the same; where it has none, the driver does not retry, and the caller, told `Unavailable`,
reads again first.
"""

import inspect
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

import pymongo
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import DuplicateKeyError, PyMongoError

from madoguchi.store.port import (
    Collection,
    Document,
    DuplicateKey,
    Index,
    Scalar,
    StaleVersion,
    Unavailable,
    refuse_unbounded,
    refuse_unindexed,
)

DRIVER: Final = "MONGO_DRIVER"
"""Environment: `motor` (default) or `pymongo`."""

CERTAINTY: Final[Mapping[str, Any]] = {
    "w": "majority",
    "journal": True,
    "readConcernLevel": "majority",
    "readPreference": "primary",
    "retryWrites": True,
    "retryReads": True,
}
"""Client options that an address cannot weaken."""

PATIENCE: Final[Mapping[str, Any]] = {
    "serverSelectionTimeoutMS": 5_000,
    "connectTimeoutMS": 5_000,
    "socketTimeoutMS": 20_000,
    "wTimeoutMS": 10_000,
    "appname": "madoguchi",
}
"""Client options that hold unless the address says otherwise."""


class MongoDocuments:
    """See `madoguchi.store.port.Documents`. `database` is motor's or PyMongo's: they differ in nothing used here."""

    def __init__(self, database: Any) -> None:
        self._database = database
        self._handles: dict[str, Any] = {}

    def _handle(self, collection: Collection) -> Any:
        """The driver's own collection, made once: making one costs as much as a call."""
        if collection.name not in self._handles:
            self._handles[collection.name] = self._database[collection.name]
        return self._handles[collection.name]

    async def prepare(self, collections: Sequence[Collection]) -> None:
        """See `Documents`."""
        with _told():
            for collection in collections:
                for index in collection.indexes:
                    keys, options = index_definition(index)
                    await self._handle(collection).create_index(keys, **options)

    async def insert(self, collection: Collection, document: Document) -> None:
        """See `Documents`."""
        with _told(document["_id"]):
            await self._handle(collection).insert_one(stored(collection, document))

    async def get(self, collection: Collection, key: str) -> Document | None:
        """See `Documents`."""
        with _told():
            found: Document | None = await self._handle(collection).find_one({"_id": key})
            return found

    async def replace(self, collection: Collection, document: Document) -> None:
        """See `Documents`."""
        present = {"_id": document["_id"], "version": document["version"] - 1}
        with _told(document["_id"]):
            done = await self._handle(collection).replace_one(present, stored(collection, document))
        if done.matched_count == 0:
            raise StaleVersion(document["_id"])

    async def delete(self, collection: Collection, key: str) -> bool:
        """See `Documents`."""
        with _told():
            done = await self._handle(collection).delete_one({"_id": key})
        return bool(done.deleted_count)

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
        cursor = self._handle(collection).find(query(equal, at_most))
        with _told():
            found: list[Document] = await cursor.sort(order_by, pymongo.ASCENDING).limit(limit).to_list(limit)
            return found

    async def count(
        self,
        collection: Collection,
        *,
        equal: Mapping[str, Scalar] | None = None,
        at_most: tuple[str, str | int] | None = None,
        limit: int = 10_000,
    ) -> int:
        """See `Documents`. The command `count` (Stable API): modest servers answer it from an index, an aggregation
        not always."""
        refuse_unbounded(collection, equal, at_most, limit)
        with _told():
            answer = await self._database.command("count", collection.name, query=query(equal, at_most), limit=limit)
        return int(answer["n"])

    async def scan(self, collection: Collection, after: str = "", limit: int = 100) -> list[Document]:
        """See `Documents`."""
        cursor = self._handle(collection).find({"_id": {"$gt": after}})
        with _told():
            found: list[Document] = await cursor.sort("_id", pymongo.ASCENDING).limit(limit).to_list(limit)
            return found

    async def names(self) -> list[str]:
        """See `Documents`."""
        with _told():
            found = await self._database.list_collection_names()
        return sorted(name for name in found if not name.startswith("system."))

    async def ping(self) -> None:
        """See `Documents`."""
        with _told():
            await self._database.command("ping")


def query(equal: Mapping[str, Scalar] | None, at_most: tuple[str, str | int] | None) -> dict[str, Any]:
    """The filter: `$eq` is spelled out, so that no value is ever read as an operator."""
    conditions: dict[str, dict[str, Any]] = {field: {"$eq": value} for field, value in (equal or {}).items()}
    if at_most is not None:
        conditions.setdefault(at_most[0], {})["$lte"] = at_most[1]
    return conditions


def index_definition(index: Index) -> tuple[list[tuple[str, int]], dict[str, Any]]:
    """Keys and options for `create_index`. Sparse, not partial: it says the same of absent fields, and every
    MongoDB-compatible server knows it. The name is given, so that repeating is the same index."""
    options: dict[str, Any] = {"name": f"{index.field}{'_unique' if index.unique else ''}", "sparse": True}
    return [(index.field, pymongo.ASCENDING)], {**options, "unique": True} if index.unique else options


def stored(collection: Collection, document: Document) -> Document:
    """The document as written: a sparse index leaves out what is absent but not what is null, so null goes from
    unique fields."""
    null = {index.field for index in collection.indexes if index.unique and document.get(index.field) is None}
    return {field: value for field, value in document.items() if field not in null}


def options(uri: str) -> dict[str, Any]:
    """Client options for this address. Those given to a client win over those in the address."""
    named = {name.lower() for name in pymongo.uri_parser.parse_uri(uri, validate=True)["options"]}
    patience = {name: value for name, value in PATIENCE.items() if name.lower() not in named}
    return {**patience, **CERTAINTY}


def client_class(environment: Mapping[str, str]) -> Callable[..., Any]:
    """The driver's client, as `MONGO_DRIVER` says. Raises `ValueError` for another name."""
    match environment.get(DRIVER, "motor"):
        case "motor":
            return AsyncIOMotorClient
        case "pymongo":
            return pymongo.AsyncMongoClient
        case other:
            raise ValueError(f"{DRIVER} is motor or pymongo, not {other!r}")


@asynccontextmanager
async def opened(uri: str, database: str) -> AsyncIterator[MongoDocuments]:
    """The documents of that database, until the context ends. Connects with the first call."""
    client = client_class(os.environ)(uri, **options(uri))
    try:
        yield MongoDocuments(client[database])
    finally:
        closing = client.close()
        if inspect.isawaitable(closing):  # PyMongo's; motor's is done at once
            await closing


@contextmanager
def _told(key: str = "") -> Iterator[None]:
    """The driver's errors as the port's. Messages name the document and the kind of error, never a value in it."""
    try:
        yield
    except DuplicateKeyError:
        raise DuplicateKey(key) from None  # the driver's message quotes the value
    except PyMongoError as error:
        raise Unavailable(f"MongoDB: {type(error).__name__}") from error
