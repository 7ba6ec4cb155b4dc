"""Opening the vault of a service: its own database, the towns' keys."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from madoguchi.policy.models import Municipality
from madoguchi.store.open import connected, prepared
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
    settings: VaultSettings, towns: Mapping[str, Municipality], clock: Callable[[], datetime] = _now
) -> AsyncIterator[StoredVault]:
    """The vault, until the context ends. Raises `PolicyError` when a key is missing or not 256 bits."""
    keys = TownKeys.from_towns(towns, settings.secrets_dir)
    async with connected(settings.vault_mongodb_uri or settings.mongodb_uri, DATABASE) as documents:
        await prepared(documents, COLLECTIONS)
        yield StoredVault(documents, keys, clock)
