"""Sample events, free of personal data."""

from datetime import UTC, datetime

from madoguchi.contracts.envelope import Envelope, envelop
from madoguchi.contracts.events import Event, IdentityRejected, IssuanceEligible, ProofRequested
from madoguchi.contracts.vocabulary import IdentityReason, ProofMethod

MOMENT = datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC)
TOWN = "990019"


def request_id(number: int = 1) -> str:
    """A request id: the same number, the same id."""
    return f"req_{number:026d}"


def proof_requested(request: str, challenge: str = "c1") -> Envelope[Event]:
    """Published by intake; one for each challenge."""
    event = ProofRequested(
        request_id=request,
        municipality=TOWN,
        challenge_id=challenge,
        methods=(ProofMethod.JPKI_SIGNATURE,),
        expires_at=MOMENT,
    )
    return envelop(event, time=MOMENT, key=challenge)


def identity_rejected(request: str, key: str = "1") -> Envelope[Event]:
    """Published by identity; one for each `key`."""
    event = IdentityRejected(
        request_id=request,
        municipality=TOWN,
        reason=IdentityReason.SIGNATURE_INVALID,
        final=False,
        rejected_at=MOMENT,
    )
    return envelop(event, time=MOMENT, key=key)


def issuance_eligible(request: str) -> Envelope[Event]:
    """Published by issuance."""
    event = IssuanceEligible(request_id=request, municipality=TOWN, eligible_at=MOMENT)
    return envelop(event, time=MOMENT)
