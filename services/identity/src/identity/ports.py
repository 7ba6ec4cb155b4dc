"""What identity needs from outside."""

from datetime import datetime
from typing import Protocol

from madoguchi.contracts.personal import CardAttributes, SigningEvidence
from madoguchi.contracts.vocabulary import MunicipalityCode


class Nonces(Protocol):
    """Every nonce that was ever used, and by which event."""

    async def consume(self, nonce: str, event_id: str) -> bool:
        """Use up the nonce, durably. True when this event is the one that used it, however often it comes."""
        ...


class CardCheck(Protocol):
    """The check of a signature made with a card."""

    async def check(
        self, municipality: MunicipalityCode, evidence: SigningEvidence, *, at: datetime, now: datetime
    ) -> CardAttributes:
        """Who signed. `at` is when the evidence was handed in, `now` when we look (for revocation).

        Raises `identity.domain.verdict.Shortcoming`."""
        ...


class Tally(Protocol):
    """Counts verdicts for the operators."""

    def __call__(self, municipality: MunicipalityCode, verdict: str, reason: str) -> None:
        """One more verdict; `reason` is empty for *verified*."""
        ...
