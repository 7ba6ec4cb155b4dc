"""The store port in memory, for fast tests. It passes the same behaviour suite as the real stores."""

import asyncio
import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from madoguchi.store.port import (
    Collection,
    Document,
    DuplicateKey,
    Scalar,
    StaleVersion,
    refuse_unbounded,
    refuse_unindexed,
)


@dataclass
class MemoryDocuments:
    """Documents as plain values, copied in and out. Each call gives way once, so that concurrent tests interleave."""

    collections: dict[str, dict[str, Document]] = field(default_factory=dict)

    async def prepare(self, collections: Sequence[Collection]) -> None:
        """Nothing to create but the names."""
        for collection in collections:
            self.collections.setdefault(collection.name, {})

    async def insert(self, collection: Collection, document: Document) -> None:
        """See `Documents`."""
        await asyncio.sleep(0)
        held = self._held(collection)
        if document["_id"] in held:
            raise DuplicateKey(document["_id"])
        self._refuse_clash(collection, document)
        held[document["_id"]] = copy.deepcopy(document)

    async def get(self, collection: Collection, key: str) -> Document | None:
        """See `Documents`."""
        await asyncio.sleep(0)
        return copy.deepcopy(self._held(collection).get(key))

    async def replace(self, collection: Collection, document: Document) -> None:
        """See `Documents`."""
        await asyncio.sleep(0)
        held = self._held(collection)
        present = held.get(document["_id"])
        if present is None or present["version"] != document["version"] - 1:
            raise StaleVersion(document["_id"])
        self._refuse_clash(collection, document)
        held[document["_id"]] = copy.deepcopy(document)

    async def delete(self, collection: Collection, key: str) -> bool:
        """See `Documents`."""
        await asyncio.sleep(0)
        return self._held(collection).pop(key, None) is not None

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
        await asyncio.sleep(0)
        refuse_unindexed(collection, equal, at_most, order_by, limit)
        found = self._found(collection, equal, at_most)
        # Documents without the field come first, as in MongoDB and SQLite.
        ordered = sorted(found, key=lambda d: (d.get(order_by) is not None, d.get(order_by)))
        return copy.deepcopy(ordered[:limit])

    async def count(
        self,
        collection: Collection,
        *,
        equal: Mapping[str, Scalar] | None = None,
        at_most: tuple[str, str | int] | None = None,
        limit: int = 10_000,
    ) -> int:
        """See `Documents`."""
        await asyncio.sleep(0)
        refuse_unbounded(collection, equal, at_most, limit)
        return min(limit, len(self._found(collection, equal, at_most)))

    async def scan(self, collection: Collection, after: str = "", limit: int = 100) -> list[Document]:
        """See `Documents`."""
        await asyncio.sleep(0)
        held = self._held(collection)
        return copy.deepcopy([held[key] for key in sorted(held) if key > after][:limit])

    async def names(self) -> list[str]:
        """See `Documents`."""
        return sorted(self.collections)

    async def ping(self) -> None:
        """Always there."""

    def _found(
        self, collection: Collection, equal: Mapping[str, Scalar] | None, at_most: tuple[str, str | int] | None
    ) -> list[Document]:
        found = [d for d in self._held(collection).values() if all(d.get(f) == v for f, v in (equal or {}).items())]
        if at_most is None:
            return found
        name, bound = at_most
        return [d for d in found if d.get(name) is not None and d[name] <= bound]

    def _held(self, collection: Collection) -> dict[str, Document]:
        return self.collections.setdefault(collection.name, {})

    def _refuse_clash(self, collection: Collection, document: Document) -> None:
        others = [d for key, d in self._held(collection).items() if key != document["_id"]]
        for index in collection.indexes:
            value = document.get(index.field)
            if index.unique and value is not None and any(d.get(index.field) == value for d in others):
                raise DuplicateKey(index.field)
