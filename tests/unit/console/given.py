"""Events of a request that goes to a clerk, as the services publish them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from madoguchi.contracts import events as e
from madoguchi.contracts.envelope import Envelope, envelop
from madoguchi.contracts.vocabulary import (
    AssuranceLevel,
    CertificateKind,
    Channel,
    Delivery,
    IdentityReason,
    Language,
    NoticeChannel,
    NoticeKind,
    ProofMethod,
    ResidentQuestion,
)

TOWN = "990019"
REQUEST = "req_01kattttttttttttttttttttt1"
MOMENT = datetime(2026, 11, 24, 1, 0, 0, tzinfo=UTC)
TRACE = {"traceparent": "00-" + "ab" * 16 + "-" + "cd" * 8 + "-01"}
QUESTION = "qst_01kattttttttttttttttttttt9"
NUMBER = "990019-20261124-0123456789"


def at(minutes: float) -> datetime:
    """So many minutes after the request came."""
    return MOMENT + timedelta(minutes=minutes)


def _put(event: e.Event, minutes: float, key: str = "") -> Envelope[Any]:
    return envelop(event, time=at(minutes), key=key, trace=TRACE)


def submitted(request_id: str = REQUEST, town: str = TOWN, **other: Any) -> Envelope[Any]:
    """The resident asked."""
    values = {
        "certificate": CertificateKind.RESIDENCE_CERTIFICATE,
        "service_code": "mihon-residents-001",
        "options": e.CertificateOptions(),
        "delivery": Delivery.DOWNLOAD,
        "channel": Channel.LINE,
        "language": Language.JAPANESE,
        "contact": "sealed:v1:contact:AAAA",
        "submitted_at": at(0),
        "deadline_at": at(7 * 24 * 60),
    }
    return _put(e.RequestSubmitted(request_id=request_id, municipality=town, **{**values, **other}), 0)


def evidence() -> Envelope[Any]:
    """The resident signed."""
    event = e.EvidenceSubmitted(
        request_id=REQUEST,
        municipality=TOWN,
        certificate=CertificateKind.RESIDENCE_CERTIFICATE,
        method=ProofMethod.JPKI_SIGNATURE,
        challenge_id="c1",
        nonce="n" * 22,
        challenge_expires_at=at(60),
        evidence="sealed:v1:evidence:AAAA",
        submitted_at=at(2),
    )
    return _put(event, 2)


def identity_referred(minutes: float = 3, attributes: str | None = None) -> Envelope[Any]:
    """Identity asks for a clerk."""
    reason = IdentityReason.REVOCATION_UNKNOWN
    event = e.IdentityReferred(
        request_id=REQUEST, municipality=TOWN, reason=reason, attributes=attributes, referred_at=at(minutes)
    )
    return _put(event, minutes, "evidence")


def verified(minutes: float = 5, attributes: str = "sealed:v1:attributes:AAAA") -> Envelope[Any]:
    """The resident is who they say."""
    event = e.IdentityVerified(
        request_id=REQUEST,
        municipality=TOWN,
        method=ProofMethod.JPKI_SIGNATURE,
        assurance_level=AssuranceLevel.IAL3,
        rule="a rule",
        attributes=attributes,
        verified_at=at(minutes),
    )
    return _put(event, minutes)


def rejected(minutes: float = 5, *, final: bool) -> Envelope[Any]:
    """They did not prove it."""
    event = e.IdentityRejected(
        request_id=REQUEST,
        municipality=TOWN,
        reason=IdentityReason.SIGNATURE_INVALID,
        final=final,
        rejected_at=at(minutes),
    )
    return _put(event, minutes, str(minutes))


def issuance_referred(
    minutes: float = 6, count: int = 1, review: str = "sealed:v1:review:AAAA", request_id: str = REQUEST
) -> Envelope[Any]:
    """Issuance asks for a clerk."""
    event = e.IssuanceReferred(request_id=request_id, municipality=TOWN, review=review, referred_at=at(minutes))
    return _put(event, minutes, "" if count == 1 else str(count))


def eligible(minutes: float = 8) -> Envelope[Any]:
    """One person was found, who may have it."""
    event = e.IssuanceEligible(request_id=REQUEST, municipality=TOWN, eligible_at=at(minutes))
    return _put(event, minutes)


def issued(minutes: float = 10) -> Envelope[Any]:
    """The certificate is there."""
    event = e.CertificateIssued(
        request_id=REQUEST,
        municipality=TOWN,
        certificate=CertificateKind.RESIDENCE_CERTIFICATE,
        certificate_number=NUMBER,
        sha256="0" * 64,
        sheets=1,
        issued_at=at(minutes),
        download_until=at(minutes + 1440),
    )
    return _put(event, minutes)


def notice_sent(minutes: float = 1) -> Envelope[Any]:
    """A notice went out."""
    event = e.NoticeSent(
        request_id=REQUEST,
        municipality=TOWN,
        notice_id="n1",
        kind=NoticeKind.ACCEPTED,
        channels=(NoticeChannel.LINE, NoticeChannel.EMAIL),
        status="sent",
        sent_at=at(minutes),
    )
    return _put(event, minutes, "n1")


def answered(minutes: float = 80, answer: str = "sealed:v1:answer:AAAA", question_id: str = QUESTION) -> Envelope[Any]:
    """The resident answered a question."""
    event = e.ResidentAnswered(
        request_id=REQUEST,
        municipality=TOWN,
        question_id=question_id,
        question=ResidentQuestion.MOVED_RECENTLY,
        answer=answer,
        answered_at=at(minutes),
    )
    return _put(event, minutes, question_id)
