"""Every event, as a frozen Pydantic model; additive within a version.

Readers ignore unknown fields; producers invent none. Personal data appears only as `SealedText`.
CloudEvents `type` is `jp.madoguchi.<subject>.<verb>.v1` (`TYPE`); the Kafka key is `request_id`.
"""

from madoguchi.contracts.events.base import CertificateOptions, Event
from madoguchi.contracts.events.decisions import (
    ChannelTestRequested,
    Decision,
    IdentityDecided,
    IssuanceDecided,
    NoticeResendRequested,
    ResidentAsked,
)
from madoguchi.contracts.events.identity import IdentityReferred, IdentityRejected, IdentityVerified
from madoguchi.contracts.events.issuance import (
    CertificateIssued,
    CertificateRevoked,
    IssuanceEligible,
    IssuanceReferred,
    IssuanceRefused,
)
from madoguchi.contracts.events.notify import ChannelDelivery, ChannelTested, NoticeFailed, NoticeSent
from madoguchi.contracts.events.requests import (
    EvidenceSubmitted,
    FeeDue,
    FeeRefunded,
    FeeSettled,
    ProofRequested,
    RequestClosed,
    RequestLate,
    RequestSubmitted,
    ResidentAnswered,
)

__all__ = [
    "CertificateIssued",
    "CertificateOptions",
    "CertificateRevoked",
    "ChannelDelivery",
    "ChannelTestRequested",
    "ChannelTested",
    "Decision",
    "Event",
    "EvidenceSubmitted",
    "FeeDue",
    "FeeRefunded",
    "FeeSettled",
    "IdentityDecided",
    "IdentityReferred",
    "IdentityRejected",
    "IdentityVerified",
    "IssuanceDecided",
    "IssuanceEligible",
    "IssuanceReferred",
    "IssuanceRefused",
    "NoticeFailed",
    "NoticeResendRequested",
    "NoticeSent",
    "ProofRequested",
    "RequestClosed",
    "RequestLate",
    "RequestSubmitted",
    "ResidentAnswered",
    "ResidentAsked",
]
