"""The vault's door: the only way to personal data (design §5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from madoguchi.contracts.personal import Personal

P = TypeVar("P", bound=Personal)


class Purpose(StrEnum):
    """Why a seal is opened; the resident reads this in their access log, in their language."""

    VERIFY_IDENTITY = "verify_identity"
    MATCH_REGISTER = "match_register"
    MAKE_CERTIFICATE = "make_certificate"
    DELIVER_CERTIFICATE = "deliver_certificate"
    SEND_NOTICE = "send_notice"
    ANSWER_CHAT = "answer_chat"
    CLERK_REVIEW = "clerk_review"


class LegalBasis(StrEnum):
    """Under which law the purpose stands."""

    RESIDENT_REGISTER_ACT_12 = "resident_register_act_12"  # 住民基本台帳法 第12条
    JPKI_ACT_17 = "jpki_act_17"  # 公的個人認証法 第17条
    CONSENT = "consent"  # 本人の同意


@dataclass(frozen=True, slots=True)
class Access:
    """Who looks, why, and under which law. `actor` is a service name, `clerk:<staff number>` or `resident`."""

    actor: str
    purpose: Purpose
    legal_basis: LegalBasis


@dataclass(frozen=True, slots=True)
class AccessRecord:
    """One look at personal data (アクセス記録), chained to the one before by `digest`."""

    sequence: int
    at: datetime
    actor: str
    purpose: Purpose
    legal_basis: LegalBasis
    fields: tuple[str, ...]
    previous: str
    digest: str


class KeyErased(Exception):
    """The subject's key is destroyed (or never was): what it sealed can't be read by anyone, ever."""


class SealBroken(Exception):
    """The ciphertext is not what was sealed for this subject and field."""


class Vault(Protocol):
    """Keys and access records live in a database of their own; a key never leaves this library."""

    async def create_key(self, subject: str, municipality: str) -> None:
        """Make the data key of `subject` (a request id, or `line:<pseudonym>` before there is one). Safe to repeat;
        raises `KeyErased` when it was destroyed."""
        ...

    async def begin(self, subject: str, municipality: str, values: Mapping[str, Personal | bytes]) -> dict[str, str]:
        """`create_key`, then `seal` each value by its field. Raises `KeyErased`."""
        ...

    async def seal(self, subject: str, field: str, value: Personal | bytes) -> str:
        """Encrypt under the subject's key, bound to subject and field (AAD). Raises `KeyErased`."""
        ...

    async def open(
        self, subject: str, sealed: str, model: type[P], access: Access, *, beside: tuple[str, ...] = ()
    ) -> P:
        """Write the access record and decrypt, in one act: no record, no plaintext. `beside`: what lies elsewhere and
        is looked at next for the same purpose, on record by the same write.

        Raises `KeyErased`, `SealBroken`."""
        ...

    async def open_bytes(self, subject: str, sealed: str, access: Access) -> bytes:
        """The same for bytes."""
        ...

    async def readable(self, subject: str) -> bool:
        """Whether what was sealed for `subject` can still be opened; looking is not recorded, as nothing is seen."""
        ...

    async def record(self, subject: str, access: Access, fields: tuple[str, ...]) -> None:
        """Record a look at personal data that lies elsewhere (the town's register), before it happens."""
        ...

    async def access_log(self, subject: str) -> tuple[AccessRecord, ...]:
        """Every look so far, oldest first; survives erasure. Raises `SealBroken` when the chain is broken."""
        ...

    async def erase(self, subject: str) -> None:
        """Destroy the key. Nothing sealed under it can be opened again. Safe to repeat."""
        ...

    def pseudonym(self, municipality: str, kind: str, value: str) -> str:
        """A keyed hash (HMAC-SHA-256 under the town's newest index key, hex) to look up `value` without storing it."""
        ...

    def pseudonyms(self, municipality: str, kind: str, value: str) -> tuple[str, ...]:
        """The same under each index key, newest first: what was stored while another was the newest is found too."""
        ...

    def generation(self, municipality: str) -> str:
        """Names the town's newest index key, without telling anything of it."""
        ...
