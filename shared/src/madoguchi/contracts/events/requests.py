"""What request-intake publishes on `madoguchi.requests.v1`."""

from madoguchi.contracts.events.base import CertificateOptions, Event
from madoguchi.contracts.vocabulary import (
    CertificateKind,
    Channel,
    Delivery,
    Instant,
    Language,
    OtherWay,
    Outcome,
    ProofMethod,
    QuestionId,
    ResidentQuestion,
    SealedText,
    Yen,
)


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


class ResidentAnswered(Event):
    """The resident answered a clerk's question (回答)."""

    TYPE = "jp.madoguchi.resident.answered.v1"
    question_id: QuestionId
    question: ResidentQuestion
    answer: SealedText
    """Sealed `ResidentAnswer`."""
    answered_at: Instant


class RequestLate(Event):
    """The promised time will not be kept; sent once."""

    TYPE = "jp.madoguchi.request.late.v1"
    deadline_at: Instant
