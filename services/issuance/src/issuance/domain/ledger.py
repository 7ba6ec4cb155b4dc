"""The ledger (交付台帳): every certificate that was issued, and whether it still counts. Entries are never deleted.

It holds no personal data: whoever presents a certificate learns no more from it than the paper says.
"""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from madoguchi.contracts.vocabulary import CertificateKind, CertificateNumber, Instant, MunicipalityCode, RequestId
from madoguchi.store.aggregates import Change, Decide


class Status(StrEnum):
    """Whether a certificate counts."""

    VALID = "valid"
    REVOKED = "revoked"  # 取消
    SUPERSEDED = "superseded"  # 再交付により無効


class LedgerEntry(BaseModel):
    """One certificate."""

    model_config = ConfigDict(frozen=True)

    number: CertificateNumber
    request_id: RequestId
    municipality: MunicipalityCode
    certificate: CertificateKind
    sha256: str
    """Of the PDF as it was handed out."""
    sheets: int
    issued_at: Instant
    live: bool = True
    """False: asked for with a test key."""
    status: Status = Status.VALID
    ended_at: Instant | None = None
    superseded_by: CertificateNumber | None = None


def enter(new: LedgerEntry) -> Decide[LedgerEntry]:
    """Write the entry, once; whatever is there already stays."""

    def decide(present: LedgerEntry | None) -> Change[LedgerEntry] | None:
        return None if present is not None else Change(new)

    return decide


def end(at: datetime, superseded_by: CertificateNumber | None = None) -> Decide[LedgerEntry]:
    """The certificate counts no more. An entry that ended before, or was never made, stays as it is."""

    def decide(present: LedgerEntry | None) -> Change[LedgerEntry] | None:
        if present is None or present.status is not Status.VALID:
            return None
        status = Status.REVOKED if superseded_by is None else Status.SUPERSEDED
        return Change(present.model_copy(update={"status": status, "ended_at": at, "superseded_by": superseded_by}))

    return decide
