"""What intake needs from outside: the payment provider, and somebody who counts for the operators."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from madoguchi.contracts.vocabulary import Language, MunicipalityCode, Yen
from request_intake.domain.state import RequestState


class ProviderAway(Exception):
    """The provider did not answer, or not in a way we understand; trying later may help."""


@dataclass(frozen=True, slots=True)
class Untallied:
    """Nobody counts."""

    def saved(self, before: RequestState | None, after: RequestState, now: datetime) -> None:
        """As `Tally` says."""

    def unknown(self) -> None:
        """As `Tally` says."""


@dataclass(frozen=True, slots=True)
class PaymentPage:
    """A hosted payment page."""

    checkout_id: str
    url: str


@dataclass(frozen=True, slots=True)
class PaymentNews:
    """What the provider says about a checkout."""

    payment_id: str
    amount: Yen
    status: Literal["open", "paid", "refunded"]


class Payments(Protocol):
    """Each town's payment provider. Every act carries a key derived from the payment: twice is once."""

    async def open_page(
        self,
        municipality: MunicipalityCode,
        payment_id: str,
        amount: Yen,
        description: str,
        *,
        return_url: str,
        language: Language,
    ) -> PaymentPage:
        """The payment page for this payment, the same one each time. Raises `ProviderAway`."""
        ...

    async def news(self, municipality: MunicipalityCode, checkout_id: str) -> PaymentNews:
        """Whether it was paid. Raises `ProviderAway`."""
        ...

    async def refund(self, municipality: MunicipalityCode, payment_id: str, amount: Yen) -> None:
        """Give it back, once whatever the repeats. Raises `ProviderAway`."""
        ...


class Tally(Protocol):
    """Counts for the operators."""

    def saved(self, before: RequestState | None, after: RequestState, now: datetime) -> None:
        """A request was saved by this process; `before` is None when it is new."""
        ...

    def unknown(self) -> None:
        """An event came for a request that is not held here."""
        ...
