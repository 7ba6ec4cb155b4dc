"""What issuance says, and the fee that becomes due by it."""

from datetime import datetime

from madoguchi.contracts import events as e
from madoguchi.contracts.envelope import Envelope
from request_intake.domain.fee import fall_due
from request_intake.domain.state import Issuance, RequestState
from request_intake.domain.step import Step


def _learn(state: RequestState, **facts_learned: object) -> RequestState:
    issuance: Issuance = state.issuance.model_copy(update=facts_learned)
    return state.model_copy(update={"issuance": issuance})


def eligible(state: RequestState, envelope: Envelope[e.IssuanceEligible], now: datetime) -> Step | None:
    """One person was found who may have it: where the town charges after review, the fee is due now."""
    if state.issuance.eligible_at is not None:
        return None
    return fall_due(_learn(state, eligible_at=envelope.event.eligible_at), envelope.event.eligible_at, now)


def referred(state: RequestState, envelope: Envelope[e.IssuanceReferred]) -> Step | None:
    """Issuance passed it to a clerk; why is sealed, and not for here."""
    if state.issuance.referred_at is not None:
        return None
    return Step(_learn(state, referred_at=envelope.event.referred_at))


def issued(state: RequestState, envelope: Envelope[e.CertificateIssued]) -> Step | None:
    """The certificate exists."""
    event = envelope.event
    if state.issuance.issued_at is not None:
        return None
    learned = _learn(
        state, number=event.certificate_number, issued_at=event.issued_at, download_until=event.download_until
    )
    return Step(learned)


def refused(state: RequestState, envelope: Envelope[e.IssuanceRefused]) -> Step | None:
    """There will be none; a fee that was paid is owed back."""
    if state.issuance.refused_at is not None:
        return None
    return Step(_learn(state, refused=envelope.event.reason, refused_at=envelope.event.refused_at))


def revoked(state: RequestState, envelope: Envelope[e.CertificateRevoked]) -> Step | None:
    """The certificate no longer counts."""
    if state.issuance.revoked_at is not None:
        return None
    return Step(_learn(state, revoked_at=envelope.event.revoked_at))
