"""Verdicts, and which shortcoming leads where: back to the resident, or to a clerk. Pure."""

from dataclasses import dataclass

from madoguchi.contracts.personal import CardAttributes
from madoguchi.contracts.vocabulary import IdentityReason
from madoguchi.policy.models import Proof

FOR_A_CLERK = frozenset({IdentityReason.REVOCATION_UNKNOWN, IdentityReason.ATTRIBUTES_MISSING})
"""Nothing the resident does would help: the signature holds, but the town lacks what it needs to say so."""

NOT_COUNTED = frozenset({IdentityReason.CHALLENGE_EXPIRED})
"""Being slow is not a failed attempt."""


@dataclass(frozen=True, slots=True)
class Proven:
    """The person is who the card says."""

    attributes: str
    """Sealed `CardAttributes`."""
    proof: Proof


@dataclass(frozen=True, slots=True)
class NotProven:
    """The evidence does not show it. `proof` is the rule it was judged under, if there was one."""

    reason: IdentityReason
    proof: Proof | None = None
    attributes: str | None = None
    """Sealed `CardAttributes` as the card states them, for a clerk; none where it does not."""

    @property
    def refer(self) -> bool:
        """Whether a clerk must look."""
        return self.reason in FOR_A_CLERK and self.proof is not None

    @property
    def counts(self) -> bool:
        """Whether it uses up one of the attempts the town allows."""
        return self.reason not in NOT_COUNTED


Verdict = Proven | NotProven


class Shortcoming(Exception):
    """The evidence falls short. `reason` is for the resident; `detail` for operators, free of personal data.

    `stated` is what the card says of its holder, where only somebody's word for it is missing."""

    def __init__(self, reason: IdentityReason, detail: str, stated: CardAttributes | None = None) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason = reason
        self.detail = detail
        self.stated = stated
