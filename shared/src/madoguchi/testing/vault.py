"""A vault in memory with made-up keys, the real one in every other respect."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

from madoguchi.store.port import Documents
from madoguchi.testing.documents import MemoryDocuments
from madoguchi.vault.keys import FileKeyWrapper, TownKeys
from madoguchi.vault.vault import StoredVault

MOMENT = datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC)


def town_keys(*codes: str) -> TownKeys:
    """Keys made from the towns' codes: the same each time, different for each town."""
    return TownKeys(
        {code: FileKeyWrapper(code, hashlib.sha256(f"data {code}".encode()).digest()) for code in codes},
        {code: (hashlib.sha256(f"index {code}".encode()).digest(),) for code in codes},
    )


def memory_vault(
    *codes: str, documents: Documents | None = None, clock: Callable[[], datetime] = lambda: MOMENT
) -> StoredVault:
    """A vault for the towns with these codes (none: 990019)."""
    return StoredVault(documents or MemoryDocuments(), town_keys(*(codes or ("990019",))), clock)
