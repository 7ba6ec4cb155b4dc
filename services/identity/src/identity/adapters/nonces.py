"""Used nonces in the service's own store. A nonce is used by inserting it: of two at once, one is first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from madoguchi.store.aggregates import instant
from madoguchi.store.port import Collection, Documents, DuplicateKey, Index

NONCES = Collection("nonces", (Index("forget_at"),))


@dataclass(frozen=True, slots=True)
class StoredNonces:
    """Kept for `keep` (as long as any town keeps a request's data; after that its evidence cannot be read anyway)."""

    documents: Documents
    clock: Callable[[], datetime]
    keep: timedelta

    async def consume(self, nonce: str, event_id: str) -> bool:
        """As `identity.ports.Nonces` says."""
        document = {
            "_id": nonce,
            "version": 1,
            "evidence": event_id,
            "forget_at": instant(self.clock() + self.keep),
        }
        try:
            await self.documents.insert(NONCES, document)
        except DuplicateKey:
            first = await self.documents.get(NONCES, nonce)
            return first is not None and first["evidence"] == event_id
        return True

    async def forget(self) -> None:
        """Drop a batch of those whose time is over."""
        old = await self.documents.find(NONCES, at_most=("forget_at", instant(self.clock())), order_by="forget_at")
        for document in old:
            await self.documents.delete(NONCES, document["_id"])
