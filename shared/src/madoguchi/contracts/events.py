"""Every event, as a frozen Pydantic model; additive within a version.

Readers ignore unknown fields; producers invent none. Personal data appears only as `SealedText`.
CloudEvents `type` is `jp.madoguchi.<subject>.<verb>.v1` (`TYPE`); the Kafka key is `request_id`.
"""

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from madoguchi.contracts.vocabulary import (
    AssuranceLevel,
    CertificateForm,
    CertificateKind,
    CertificateNumber,
    Channel,
    Delivery,
    IdentityReason,
    Instant,
    Language,
    MunicipalityCode,
    NoticeChannel,
    NoticeKind,
    OptionalItem,
    OtherWay,
    Outcome,
    ProofMethod,
    RefusalReason,
    RequestId,
    SealedText,
    Subjects,
    Yen,
)


class Event(BaseModel):
    """What all events share: whose request, which town."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    TYPE: ClassVar[str]

    request_id: RequestId
    municipality: MunicipalityCode


class CertificateOptions(BaseModel):
    """What exactly is asked for; everything optional is left out unless named (住民基本台帳法 §12 (5))."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    form: CertificateForm = CertificateForm.INDIVIDUAL
    subjects: Subjects = Subjects.SELF
    include: tuple[OptionalItem, ...] = ()


# ── madoguchi.requests.v1 ────────────────────────────────────────────────────────────────────────────────


class RequestSubmitted(Event):
    """A resident asked for a certificate (申請), and it is stored."""

    TYPE = "jp.madoguchi.request.submitted.v1"
    certificate: CertificateKind
    service_code: str
    options: CertificateOptions
    member: SealedText | None = None
    """Sealed `NamedPerson`, when `options.subjects` is `member`."""
    delivery: Delivery
    channel: Channel
    language: Language
    contact: SealedText
    """Sealed `Contact`."""
    submitted_at: Instant
    deadline_at: Instant
    """The day by which the town promises an answer."""
    live: bool = True
    """False for a request made with a test key."""


class ProofRequested(Event):
    """The resident is asked to prove who they are, by signing a text with a one-time nonce."""

    TYPE = "jp.madoguchi.proof.requested.v1"
    challenge_id: str
    methods: tuple[ProofMethod, ...]
    expires_at: Instant


class EvidenceSubmitted(Event):
    """The resident handed in evidence (本人確認資料)."""

    TYPE = "jp.madoguchi.evidence.submitted.v1"
    certificate: CertificateKind
    method: ProofMethod
    challenge_id: str
    nonce: str
    challenge_expires_at: Instant
    evidence: SealedText
    """Sealed `SigningEvidence`."""
    submitted_at: Instant


class FeeDue(Event):
    """The fee (手数料) is fixed and payable."""

    TYPE = "jp.madoguchi.fee.due.v1"
    payment_id: str
    amount: Yen
    due_at: Instant


class FeeSettled(Event):
    """The fee is paid and booked, once; or there is none (`amount` 0)."""

    TYPE = "jp.madoguchi.fee.settled.v1"
    payment_id: str
    amount: Yen
    settled_at: Instant


class FeeRefunded(Event):
    """The fee went back to the resident."""

    TYPE = "jp.madoguchi.fee.refunded.v1"
    payment_id: str
    amount: Yen
    refunded_at: Instant


class RequestClosed(Event):
    """The request ended without a certificate: taken back, expired, or moved to counter or post."""

    TYPE = "jp.madoguchi.request.closed.v1"
    outcome: Outcome
    way: OtherWay | None = None
    closed_at: Instant


class RequestLate(Event):
    """The promised time will not be kept; sent once."""

    TYPE = "jp.madoguchi.request.late.v1"
    deadline_at: Instant


# ── madoguchi.identity.v1 ────────────────────────────────────────────────────────────────────────────────


class IdentityVerified(Event):
    """The applicant is who they say, under a rule lawful that day."""

    TYPE = "jp.madoguchi.identity.verified.v1"
    method: ProofMethod
    assurance_level: AssuranceLevel
    rule: str
    attributes: SealedText
    """Sealed `CardAttributes`."""
    verified_at: Instant


class IdentityRejected(Event):
    """The evidence does not prove it; the reason is for the resident."""

    TYPE = "jp.madoguchi.identity.rejected.v1"
    reason: IdentityReason
    final: bool
    """True when no further try is open (too many, or refused by a clerk)."""
    rejected_at: Instant


class IdentityReferred(Event):
    """A clerk must decide who this is (審査)."""

    TYPE = "jp.madoguchi.identity.referred.v1"
    reason: IdentityReason
    referred_at: Instant


# ── madoguchi.issuance.v1 ────────────────────────────────────────────────────────────────────────────────


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


# ── madoguchi.notify.v1 ──────────────────────────────────────────────────────────────────────────────────


class NoticeSent(Event):
    """A channel accepted the notice (`sent`), or said that it arrived (`delivered`)."""

    TYPE = "jp.madoguchi.notice.sent.v1"
    notice_id: str
    kind: NoticeKind
    channels: tuple[NoticeChannel, ...]
    status: Literal["sent", "delivered"]
    sent_at: Instant


class NoticeFailed(Event):
    """No channel could take the notice; the status page still shows what it said."""

    TYPE = "jp.madoguchi.notice.failed.v1"
    notice_id: str
    kind: NoticeKind
    status: Literal["failed", "gave_up"]
    failed_at: Instant


# ── madoguchi.decisions.v1 ───────────────────────────────────────────────────────────────────────────────


class Decision(Event):
    """What every clerk's decision states; `clerk` and `approver` are staff numbers, not names."""

    decision: Literal["approve", "refuse"]
    clerk: str
    approver: str | None = None
    decided_at: Instant


class IdentityDecided(Decision):
    """A clerk decided a case that identity referred."""

    TYPE = "jp.madoguchi.identity.decided.v1"
    attributes: SealedText | None = None
    """Sealed `CardAttributes`, as the clerk confirmed them; needed to approve."""


class IssuanceDecided(Decision):
    """A clerk decided a case that issuance referred."""

    TYPE = "jp.madoguchi.issuance.decided.v1"
    choice: SealedText | None = None
    """Sealed `ClerkChoice`; needed to approve."""
