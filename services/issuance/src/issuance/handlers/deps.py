"""What the handlers work with; `main` puts it together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from issuance.domain.case import Case
from issuance.domain.ledger import LedgerEntry
from issuance.ports import Certificates, Press
from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.events import Event
from madoguchi.contracts.vocabulary import RequestId
from madoguchi.policy.models import Municipality
from madoguchi.register.port import Register
from madoguchi.store.aggregates import Aggregate, Aggregates, Change, Decide, Known, collection
from madoguchi.vault.port import Vault

CASES = collection("cases")
"""Every case, by request id."""
LEDGER = collection("ledger")
"""Every certificate issued, by its number."""


@dataclass(frozen=True, slots=True, repr=False)
class Town:
    """One town's policy, register, and the keys that certificate numbers are derived with, newest first."""

    policy: Municipality
    register: Register
    keys: tuple[bytes, ...]

    @property
    def key(self) -> bytes:
        """What new numbers and check codes are made with."""
        return self.keys[0]


@dataclass(frozen=True, slots=True, repr=False)
class Deps:
    """The world of the handlers."""

    cases: Aggregates[Case]
    ledger: Aggregates[LedgerEntry]
    certificates: Certificates
    vault: Vault
    press: Press
    towns: Mapping[str, Town]
    public_url: str
    """Where the verification page is reached from outside."""
    clock: Callable[[], datetime]
    trace: Callable[[], dict[str, str]] = field(default=dict)
    """W3C trace context of the act at hand."""
    tally: Callable[[Case | None, Case], None] = field(default=lambda _before, _after: None)
    """Told of every case that this process saved, as it was before and as it is."""

    async def apply(
        self,
        request_id: RequestId,
        decide: Decide[Case],
        *,
        consumed: Envelope[Event] | None = None,
        known: Known[Case] = None,
    ) -> Aggregate[Case] | None:
        """Apply a decision; what it emits carries the trace of this act. `known`: see `Aggregates.apply`."""

        before: Case | None = None
        made: Change[Case] | None = None

        def traced(case: Case | None) -> Change[Case] | None:
            nonlocal before, made
            before, made = case, decide(case)
            if made is None or not made.emit:
                return made
            return replace(made, emit=tuple(replace(e, trace=self.trace()) for e in made.emit))

        after = await self.cases.apply(request_id, traced, consumed=consumed, known=known)
        if made is not None and after is not None and after.state is made.state:
            self.tally(before, after.state)
        return after
