"""What the pages work with; `main` puts it together."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from issuance.documents.check import Examination
from issuance.domain.case import Case
from issuance.domain.ledger import LedgerEntry
from issuance.handlers.deps import Town
from issuance.ports import Certificates
from madoguchi.policy.models import Municipality
from madoguchi.store.aggregates import Aggregates
from madoguchi.vault.port import Vault


@dataclass(frozen=True, slots=True, repr=False)
class Doors:
    """The world of the pages."""

    cases: Aggregates[Case]
    ledger: Aggregates[LedgerEntry]
    certificates: Certificates
    vault: Vault
    towns: Mapping[str, Town]
    link_keys: Mapping[str, tuple[bytes, ...]]
    """By municipality; each is accepted in download links."""
    examine: Callable[[bytes], Examination]
    """Judges an uploaded file; takes milliseconds of processor time."""
    picture: Callable[[Municipality], Awaitable[bytes]]
    """A PNG without personal data."""
    clock: Callable[[], datetime]
