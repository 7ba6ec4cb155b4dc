"""What issuance publishes on `madoguchi.issuance.v1`."""

from madoguchi.contracts.events.base import Event
from madoguchi.contracts.vocabulary import CertificateKind, CertificateNumber, Instant, RefusalReason, SealedText


class IssuanceEligible(Event):
    """Exactly one person was found and may have the certificate; it now waits for the fee."""

    TYPE = "jp.madoguchi.issuance.eligible.v1"
    eligible_at: Instant


class IssuanceReferred(Event):
    """A clerk must look. The reason is sealed: a disclosure block (支援措置) must not show."""

    TYPE = "jp.madoguchi.issuance.referred.v1"
    review: SealedText
    """Sealed `ReviewNote`."""
    referred_at: Instant


class CertificateIssued(Event):
    """The certificate is sealed, numbered, in the ledger, and can be fetched."""

    TYPE = "jp.madoguchi.certificate.issued.v1"
    certificate: CertificateKind
    certificate_number: CertificateNumber
    sha256: str
    sheets: int
    issued_at: Instant
    download_until: Instant


class IssuanceRefused(Event):
    """No certificate is issued (不交付)."""

    TYPE = "jp.madoguchi.issuance.refused.v1"
    reason: RefusalReason
    refused_at: Instant


class CertificateRevoked(Event):
    """A certificate no longer counts; `superseded_by` names its successor if there is one."""

    TYPE = "jp.madoguchi.certificate.revoked.v1"
    certificate_number: CertificateNumber
    superseded_by: CertificateNumber | None = None
    revoked_at: Instant
