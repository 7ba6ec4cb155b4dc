"""Attempts to sign in that are under way, in the store. Each is taken once: an answer that comes again finds none."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from console.login.attempt import PATIENCE, Attempt, Randomness, begun, digest
from madoguchi.service.clock import Clock
from madoguchi.store.aggregates import instant
from madoguchi.store.port import Collection, Documents, Index

ATTEMPTS = Collection("sign_in_attempts", (Index("lapses_at"),))


@dataclass(frozen=True, slots=True)
class Attempts:
    """The attempts of all browsers."""

    documents: Documents
    clock: Clock
    randomness: Randomness = secrets.token_bytes

    async def begin(self, browser_secret: str, wanted: str) -> Attempt:
        """Store a new attempt."""
        attempt = begun(browser_secret, wanted, self.clock(), self.randomness)
        document = {
            "_id": digest(attempt.state),
            "version": 1,
            "nonce": attempt.nonce,
            "verifier": attempt.verifier,
            "browser": attempt.browser,
            "next": attempt.next,
            "began_at": instant(attempt.began_at),
            "lapses_at": instant(attempt.began_at + PATIENCE),
        }
        await self.documents.insert(ATTEMPTS, document)
        return attempt

    async def find(self, state: str) -> Attempt | None:
        """The attempt that `state` belongs to."""
        document = await self.documents.get(ATTEMPTS, digest(state))
        if document is None:
            return None
        began_at = datetime.fromisoformat(document["began_at"])
        return Attempt(state, document["nonce"], document["verifier"], document["browser"], document["next"], began_at)

    async def take(self, attempt: Attempt) -> bool:
        """Finish it. True for one caller only, however many ask at the same time."""
        return await self.documents.delete(ATTEMPTS, digest(attempt.state))

    async def forget_lapsed(self) -> int:
        """Remove what nobody finished; how many. For the sweep."""
        now = instant(self.clock())
        old = await self.documents.find(ATTEMPTS, at_most=("lapses_at", now), order_by="lapses_at", limit=500)
        return sum([await self.documents.delete(ATTEMPTS, document["_id"]) for document in old])
