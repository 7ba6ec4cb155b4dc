"""What identity publishes on `madoguchi.identity.v1`."""

from madoguchi.contracts.events.base import Event
from madoguchi.contracts.vocabulary import AssuranceLevel, IdentityReason, Instant, ProofMethod, SealedText


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
    attributes: SealedText | None = None
    """Sealed `CardAttributes`: what the card states, not proven; none where it does not state all of it."""
    referred_at: Instant
