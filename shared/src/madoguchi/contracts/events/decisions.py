"""What the clerks' console publishes on `madoguchi.decisions.v1`."""

from typing import Literal

from madoguchi.contracts.events.base import Event
from madoguchi.contracts.vocabulary import Instant, SealedText


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
