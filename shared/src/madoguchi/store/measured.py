"""The store port with a stopwatch: every call is counted and timed under OpenTelemetry's name."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from madoguchi.store.port import Collection, Document, Documents, Scalar
from madoguchi.telemetry.metrics import DB_SECONDS


@dataclass
class MeasuredDocuments:
    """See `madoguchi.store.port.Documents`. `system` is OpenTelemetry's `db.system.name`."""

    inner: Documents
    system: str

    async def prepare(self, collections: Sequence[Collection]) -> None:
        """See `Documents`."""
        await self.inner.prepare(collections)

    async def insert(self, collection: Collection, document: Document) -> None:
        """See `Documents`."""
        with self._measured("insert", collection):
            await self.inner.insert(collection, document)

    async def get(self, collection: Collection, key: str) -> Document | None:
        """See `Documents`."""
        with self._measured("get", collection):
            return await self.inner.get(collection, key)

    async def replace(self, collection: Collection, document: Document) -> None:
        """See `Documents`."""
        with self._measured("replace", collection):
            await self.inner.replace(collection, document)

    async def delete(self, collection: Collection, key: str) -> bool:
        """See `Documents`."""
        with self._measured("delete", collection):
            return await self.inner.delete(collection, key)

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
        with self._measured("find", collection):
            return await self.inner.find(collection, equal=equal, at_most=at_most, order_by=order_by, limit=limit)

    async def count(
        self,
        collection: Collection,
        *,
        equal: Mapping[str, Scalar] | None = None,
        at_most: tuple[str, str | int] | None = None,
        limit: int = 10_000,
    ) -> int:
        """See `Documents`."""
        with self._measured("count", collection):
            return await self.inner.count(collection, equal=equal, at_most=at_most, limit=limit)

    async def scan(self, collection: Collection, after: str = "", limit: int = 100) -> list[Document]:
        """See `Documents`."""
        with self._measured("scan", collection):
            return await self.inner.scan(collection, after, limit)

    async def names(self) -> list[str]:
        """See `Documents`."""
        return await self.inner.names()

    async def ping(self) -> None:
        """See `Documents`."""
        await self.inner.ping()

    @contextmanager
    def _measured(self, operation: str, collection: Collection) -> Iterator[None]:
        """`StaleVersion` and `DuplicateKey` are answers, not failures, but they too are told apart."""
        began, error_type = time.perf_counter(), ""
        try:
            yield
        except BaseException as error:
            error_type = type(error).__qualname__
            raise
        finally:
            seconds = time.perf_counter() - began
            DB_SECONDS.labels(self.system, operation, collection.name, error_type).observe(seconds)
