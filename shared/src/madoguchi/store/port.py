"""The store port: single-document reads and writes with compare-and-set, right on MongoDB and on SQLite alike.

First writes are inserts, later ones compare-and-set on `version`; there are no upserts and no transactions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Document = dict[str, Any]
"""JSON values only; `_id` a string, `version` an integer that grows by one with each write."""

Scalar = str | int | None


class DuplicateKey(Exception):
    """Someone inserted that `_id` (or unique field) first."""


class StaleVersion(Exception):
    """The document changed, or went, since it was read."""


class Unavailable(ConnectionError):
    """The store did not answer. The write may or may not have happened: read again before trying again."""


@dataclass(frozen=True, slots=True)
class Index:
    """An index on one top-level field; documents without the field, or with null, are not in it.

    In a unique field null is the same as nothing: it may come back as absence.
    """

    field: str
    unique: bool = False


@dataclass(frozen=True, slots=True)
class Collection:
    """A named set of documents and the indexes its queries need."""

    name: str
    indexes: tuple[Index, ...] = ()


def refuse_unindexed(
    collection: Collection,
    equal: Mapping[str, Scalar] | None,
    at_most: tuple[str, str | int] | None,
    order_by: str,
    limit: int,
) -> None:
    """Raise `ValueError` for a query that would read the whole collection, on every store alike."""
    named = {*(equal or {}), *([at_most[0]] if at_most else []), order_by}
    unknown = named - {"_id", *(index.field for index in collection.indexes)}
    if unknown:
        raise ValueError(f"{collection.name} has no index on {', '.join(sorted(unknown))}")
    if at_most is not None and order_by not in ("_id", at_most[0]):
        raise ValueError(f"bounded by {at_most[0]}, so not ordered by {order_by}")
    if limit < 1:
        raise ValueError("a query is bounded: limit is at least 1")


def refuse_unbounded(
    collection: Collection, equal: Mapping[str, Scalar] | None, at_most: tuple[str, str | int] | None, limit: int
) -> None:
    """Raise `ValueError` for a count that would read the whole collection, on every store alike."""
    refuse_unindexed(collection, equal, at_most, "_id", limit)
    if at_most is None and all(value is None for value in (equal or {}).values()):
        raise ValueError(f"{collection.name} is counted whole: name an indexed field")


class Documents(Protocol):
    """Documents of one service's own database. Every call may raise `Unavailable`."""

    async def prepare(self, collections: Sequence[Collection]) -> None:
        """Create what is missing (collections, indexes); safe to repeat and to run at the same time elsewhere."""
        ...

    async def insert(self, collection: Collection, document: Document) -> None:
        """Store a new document, durably. Raises `DuplicateKey`."""
        ...

    async def get(self, collection: Collection, key: str) -> Document | None:
        """The document whose `_id` is `key`."""
        ...

    async def replace(self, collection: Collection, document: Document) -> None:
        """Store `document` over the one whose version is `document["version"] - 1`, durably. Raises `StaleVersion`
        (and `DuplicateKey` when a unique field clashes)."""
        ...

    async def delete(self, collection: Collection, key: str) -> bool:
        """Remove a document; False when there was none."""
        ...

    async def find(
        self,
        collection: Collection,
        *,
        equal: Mapping[str, Scalar] | None = None,
        at_most: tuple[str, str | int] | None = None,
        order_by: str = "_id",
        limit: int = 100,
    ) -> list[Document]:
        """Documents whose fields equal `equal` and whose field `at_most[0]` is present and ≤ `at_most[1]`,
        ascending by `order_by` (which, when `at_most` is given, is that field). Only indexed fields may be named."""
        ...

    async def count(
        self,
        collection: Collection,
        *,
        equal: Mapping[str, Scalar] | None = None,
        at_most: tuple[str, str | int] | None = None,
        limit: int = 10_000,
    ) -> int:
        """How many documents `find` with the same conditions would find, but at most `limit`: counting ends there.
        At least one condition is needed, so that an index is counted and never the collection."""
        ...

    async def scan(self, collection: Collection, after: str = "", limit: int = 100) -> list[Document]:
        """Documents whose `_id` is greater than `after`, ascending by it: to walk through a whole collection, page by
        page, while others write. Each is as it was at one moment; one that is inserted meanwhile may be missed."""
        ...

    async def names(self) -> list[str]:
        """The collections that are there, sorted."""
        ...

    async def ping(self) -> None:
        """Return when the store answers; raise otherwise. For readiness."""
        ...
