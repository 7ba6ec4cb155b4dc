"""The acts of staff in the store: one document per act, inserted and never changed; and one head per town.

The head names the last act in full and is authenticated with a key of the town. It is written first, by
compare-and-set: that is the lock, and the moment at which the act counts. Who finds that the act itself is missing (the
process died between the two writes) inserts it before going on. So the chain has no gap, and an end cut off shows.
"""

import hmac
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from console.domain.acts import Act, ActsBroken, What, check, following, origin
from madoguchi.contracts.vocabulary import MunicipalityCode
from madoguchi.store.port import Collection, Document, Documents, DuplicateKey, Index, StaleVersion

ACTS: Final = Collection("acts", (Index("page"), Index("about")))
HEADS: Final = Collection("act_heads")
PAGE: Final = 500
"""Acts that are read at once."""
SHOWN: Final = 200

Macs = Callable[[MunicipalityCode, int, str], tuple[str, ...]]
"""Authenticate a town's chain: its length and the digest of its last act. By each key of the town, newest first."""


@dataclass(frozen=True, slots=True, repr=False)
class StoredActs:
    """See `console.ports.Acts`."""

    documents: Documents
    macs: Macs
    clock: Callable[[], datetime]

    async def record(self, town: MunicipalityCode, staff: str, what: What, *, why: str = "", about: str = "") -> Act:
        """Append an act, durably. Raises `ActsBroken` when the chain's end is not as it was left."""
        while True:
            head = await self.documents.get(HEADS, town)
            last = self._last(town, head)
            if last is not None:
                await self._insert(last)
            said = {"municipality": town, "at": self.clock(), "staff": staff, "what": what, "why": why, "about": about}
            act = following(last, said)
            try:
                await self._set_head(head, act)
            except (StaleVersion, DuplicateKey):
                continue  # another act came first: ours follows it
            await self._insert(act)
            return act

    async def renew(self, town: MunicipalityCode) -> bool:
        """Authenticate the end of the town's acts by its newest key; whether that was done, and an older one had.

        Raises `ActsBroken`. When an act comes meanwhile, it is left to the next time."""
        head = await self.documents.get(HEADS, town)
        last = self._last(town, head)
        if head is None or last is None:
            return False
        newest = self.macs(town, last.sequence, last.digest)[0]
        if hmac.compare_digest(newest, str(head["mac"])):
            return False
        try:
            await self.documents.replace(HEADS, {**head, "version": head["version"] + 1, "mac": newest})
        except StaleVersion:
            return False
        return True

    async def about(self, subject: str) -> tuple[Act, ...]:
        """The latest acts on one request, oldest first."""
        found = await self.documents.find(ACTS, equal={"about": subject}, limit=SHOWN)
        return tuple(sorted((_act(document) for document in found), key=lambda act: act.sequence))

    async def latest(self, town: MunicipalityCode) -> tuple[Act, ...]:
        """The latest acts of a town, newest first."""
        length = await self._length(town)
        pages = range(max(0, length // PAGE - 1), length // PAGE + 1)
        found = [act for page in pages for act in await self._page(town, page)]
        return tuple(reversed(found[-SHOWN:]))

    async def every(self, town: MunicipalityCode) -> AsyncIterator[Act]:
        """All acts of a town, oldest first."""
        for page in range(await self._length(town) // PAGE + 1):
            for act in await self._page(town, page):
                yield act

    async def verify(self, town: MunicipalityCode) -> int:
        """How many acts there are, all genuine and complete. Raises `ActsBroken`."""
        head = await self.documents.get(HEADS, town)
        last = self._last(town, head)
        if last is not None:
            await self._insert(last)
        count, digest = check(town, [act async for act in self.every(town)])
        expected = (0, origin(town)) if last is None else (last.sequence, last.digest)
        if (count, digest) != expected:
            raise ActsBroken(f"{expected[0]} acts were written, {count} are there")
        return count

    async def _set_head(self, head: Document | None, act: Act) -> None:
        document = {
            "_id": act.municipality,
            "version": 1 if head is None else head["version"] + 1,
            "last": act.model_dump(mode="json"),
            "mac": self.macs(act.municipality, act.sequence, act.digest)[0],
        }
        if head is None:
            await self.documents.insert(HEADS, document)
        else:
            await self.documents.replace(HEADS, document)

    def _last(self, town: MunicipalityCode, head: Document | None) -> Act | None:
        """The last act, after checking that it is the one that was left there."""
        if head is None:
            return None
        act = Act.model_validate(head["last"])
        left = str(head.get("mac"))
        if not any(hmac.compare_digest(one, left) for one in self.macs(town, act.sequence, act.digest)):
            raise ActsBroken("the end of the acts is not as it was left")
        return act

    async def _insert(self, act: Act) -> None:
        if await self.documents.get(ACTS, _key(act)) is not None:
            return
        document: dict[str, Any] = {
            "_id": _key(act),
            "version": 1,
            "page": f"{act.municipality}:{act.sequence // PAGE}",
            "about": act.about or None,
            "act": act.model_dump(mode="json"),
        }
        try:
            await self.documents.insert(ACTS, document)
        except DuplicateKey:
            return

    async def _length(self, town: MunicipalityCode) -> int:
        last = self._last(town, await self.documents.get(HEADS, town))
        return 0 if last is None else last.sequence

    async def _page(self, town: MunicipalityCode, page: int) -> list[Act]:
        found = await self.documents.find(ACTS, equal={"page": f"{town}:{page}"}, limit=PAGE)
        return [_act(document) for document in found]


def _key(act: Act) -> str:
    """Sorts as the sequence does."""
    return f"{act.municipality}:{act.sequence:012d}"


def _act(document: Document) -> Act:
    return Act.model_validate(document["act"])
