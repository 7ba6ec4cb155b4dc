"""What the handlers work with; `main` puts it together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.events import Event
from madoguchi.contracts.vocabulary import RequestId
from madoguchi.policy.models import Municipality
from madoguchi.store.aggregates import Aggregate, Aggregates, Change, Known, collection, instant
from madoguchi.text.catalogue import Catalogue
from madoguchi.vault.port import Vault
from request_intake.domain import watching
from request_intake.domain.state import RequestState
from request_intake.domain.step import Pace, Step, change
from request_intake.handlers.links import Links
from request_intake.ports import Payments, Tally, Untallied

REQUESTS = collection("requests", *watching.INDEXED)
"""Every request, by its id."""

log = structlog.get_logger("request_intake")


class NoSuchRequest(Exception):
    """There is no request with that id (here, or for this town)."""


@dataclass(frozen=True, slots=True)
class Deps:
    """The world of the handlers."""

    requests: Aggregates[RequestState]
    vault: Vault
    towns: Mapping[str, Municipality]
    payments: Payments
    catalogue: Catalogue
    clock: Callable[[], datetime]
    randomness: Callable[[int], bytes]
    pace: Pace
    links: Links
    trace: Callable[[], dict[str, str]] = field(default=dict)
    """W3C trace context of the act at hand."""
    tally: Tally = field(default_factory=Untallied)
    wake: Callable[[], None] = field(default=lambda: None)
    """Tells the sweep that there is something to do now."""

    async def load(self, request_id: RequestId) -> RequestState:
        """The request. Raises `NoSuchRequest`."""
        return (await self.present(request_id)).state

    async def present(self, request_id: RequestId) -> Aggregate[RequestState]:
        """The same with what is stored beside it. Raises `NoSuchRequest`."""
        found = await self.requests.load(request_id)
        if found is None:
            raise NoSuchRequest(request_id)
        return found

    async def decide(
        self,
        request_id: RequestId,
        decision: Callable[[RequestState, datetime], Step | None],
        *,
        consumed: Envelope[Event] | None = None,
        known: Aggregate[RequestState] | None = None,
    ) -> RequestState:
        """Apply a decision to a request that exists, and return the request as it now is. `known`: see
        `Aggregates.apply`.

        Raises `NoSuchRequest`, and whatever the decision raises."""
        now = self.clock()

        def existing(state: RequestState | None) -> Step | None:
            return None if state is None else decision(state, now)

        return await self.apply(request_id, existing, now, consumed=consumed, known=known)

    async def apply(
        self,
        request_id: RequestId,
        decision: Callable[[RequestState | None], Step | None],
        now: datetime,
        *,
        consumed: Envelope[Event] | None = None,
        known: Known[RequestState] = None,
    ) -> RequestState:
        """The same for a request that may not exist yet."""
        decide = change(decision, now=now, pace=self.pace, trace=self.trace())
        before: RequestState | None = None
        made: Change[RequestState] | None = None

        def deciding(state: RequestState | None) -> Change[RequestState] | None:
            nonlocal before, made
            before, made = state, decide(state)
            return made

        after = await self.requests.apply(request_id, deciding, consumed=consumed, known=known)
        if after is None:
            raise NoSuchRequest(request_id)
        if made is not None and after.state is made.state:  # saved here, not by another process that was faster
            self.tally.saved(before, after.state, now)
        if _due(after, now):
            self.wake()
        return after.state


def _due(aggregate: Aggregate[RequestState], now: datetime) -> bool:
    return aggregate.due_at is not None and aggregate.due_at <= instant(now)
