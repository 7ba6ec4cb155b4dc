"""What issuance does with each event it reads. Facts are stored first, then the case goes as far as it can; a repeat of
an event finds its fact stored and only makes sure that the steps behind it were done."""

from collections.abc import Awaitable, Callable
from typing import Any

from issuance.domain import facts
from issuance.domain.case import Case
from issuance.handlers.deps import Deps
from issuance.handlers.progress import progress
from madoguchi.contracts import events as e
from madoguchi.contracts.envelope import Envelope
from madoguchi.store.aggregates import ABSENT, Decide, Known


async def on_request_submitted(envelope: Envelope[e.RequestSubmitted], deps: Deps) -> None:
    """What is asked for is known."""
    await _learn(envelope, facts.submitted(envelope.event, deps.clock()), deps, known=ABSENT)


async def on_identity_verified(envelope: Envelope[e.IdentityVerified], deps: Deps) -> None:
    """Who asks is known."""
    await _learn(envelope, facts.verified(envelope.event, deps.clock()), deps)


async def on_fee_settled(envelope: Envelope[e.FeeSettled], deps: Deps) -> None:
    """The fee is in order."""
    await _learn(envelope, facts.settled(envelope.event, deps.clock()), deps)


async def on_request_closed(envelope: Envelope[e.RequestClosed], deps: Deps) -> None:
    """Nothing more is to be made; what was made no longer counts."""
    await _learn(envelope, facts.closed(envelope.event, deps.clock()), deps)


async def on_issuance_decided(envelope: Envelope[e.IssuanceDecided], deps: Deps) -> None:
    """A clerk decided."""
    await _learn(envelope, facts.decided(envelope.event, deps.clock()), deps)


async def _learn(envelope: Envelope[Any], decide: Decide[Case], deps: Deps, known: Known[Case] = None) -> None:
    present = await deps.apply(envelope.request_id, decide, consumed=envelope, known=known)
    await progress(envelope.request_id, deps, present)


HANDLERS: dict[type[e.Event], Callable[[Envelope[Any], Deps], Awaitable[None]]] = {
    e.RequestSubmitted: on_request_submitted,
    e.IdentityVerified: on_identity_verified,
    e.FeeSettled: on_fee_settled,
    e.RequestClosed: on_request_closed,
    e.IssuanceDecided: on_issuance_decided,
}
