"""The erasure journal: which keys were destroyed, written down in a store apart from the vault's.

A backup of the vault holds keys that are destroyed later. Restored alone, it would bring them back; so a restore looks
every key up in this journal first. It holds request ids and times, nothing else, and is small: it can lie wherever the
vault does not.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from madoguchi.store.open import connected, prepared
from madoguchi.store.port import Collection, Document, Documents, DuplicateKey

DATABASE = "erasures"
ERASURES = Collection("erasures")


@asynccontextmanager
async def opened(uri: str | None) -> AsyncIterator[Documents | None]:
    """The journal at this address, until the context ends; None where the town keeps none."""
    if uri is None:
        yield None
        return
    async with connected(uri, DATABASE) as journal:
        await prepared(journal, [ERASURES])
        yield journal


async def note(journal: Documents, subject: str, erased_at: str) -> None:
    """Write down, durably, that the key of `subject` is about to be destroyed. Safe to repeat."""
    try:
        await journal.insert(ERASURES, {"_id": subject, "version": 1, "erased_at": erased_at})
    except DuplicateKey:
        return


async def without_erased(journal: Documents, key: Document) -> Document:
    """A document of `data_keys` from a backup, as it may be restored: a tombstone if the key was destroyed since."""
    noted = await journal.get(ERASURES, key["_id"])
    if noted is None or "wrapped" not in key:
        return key
    kept = {name: value for name, value in key.items() if name != "wrapped"}
    return {**kept, "version": key["version"] + 1, "erased_at": key.get("erased_at") or noted["erased_at"]}
