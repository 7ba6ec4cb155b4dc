"""Opening the vault of a service: its own database, the towns' keys."""

import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from madoguchi.policy.models import Municipality
from madoguchi.store.open import connected, prepared
from madoguchi.vault import erasures
from madoguchi.vault.keys import TownKeys
from madoguchi.vault.vault import COLLECTIONS, StoredVault

DATABASE = "vault"


class VaultSettings(Protocol):
    """What the vault needs to know: `MONGODB_URI`, `VAULT_MONGODB_URI` (when it lies elsewhere), `SECRETS_DIR`."""

    @property
    def mongodb_uri(self) -> str:
        """The store of the service."""
        ...

    @property
    def vault_mongodb_uri(self) -> str | None:
        """The store of the vault, when it is another."""
        ...

    @property
    def secrets_dir(self) -> Path:
        """Folder of the towns' secrets."""
        ...


def _now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def opened(
    settings: VaultSettings,
    towns: Mapping[str, Municipality],
    clock: Callable[[], datetime] = _now,
    erasure_journal: str | None = None,
) -> AsyncIterator[StoredVault]:
    """The vault, until the context ends. `erasure_journal`: address of the store where erasures are written down, if
    the town keeps one. Raises `PolicyError` when a key is missing or not 256 bits."""
    keys = TownKeys.from_towns(towns, settings.secrets_dir)
    async with AsyncExitStack() as stack:
        where = settings.vault_mongodb_uri or settings.mongodb_uri
        documents = await stack.enter_async_context(connected(where, DATABASE))
        await prepared(documents, COLLECTIONS)
        journal = await stack.enter_async_context(erasures.opened(erasure_journal))
        yield StoredVault(documents, keys, clock, secrets.token_bytes, journal)
