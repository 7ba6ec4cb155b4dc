"""Events in: each is remembered with the notice it makes; the courier does the rest."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from madoguchi.contracts import events as e
from madoguchi.contracts.envelope import Envelope
from madoguchi.store.aggregates import ABSENT, Aggregates
from notify.domain import decide
from notify.domain.model import Recipient


@dataclass(frozen=True, slots=True)
class Deps:
    """What the handlers need."""

    recipients: Aggregates[Recipient]
    nudge: Callable[[], None] = field(default=lambda: None)
    """Called after a save: the courier need not wait for its next round."""


async def on_event(envelope: Envelope[Any], deps: Deps) -> None:
    """Remember whom to tell and what; a repeat changes nothing. Raises `NoSuchNotice`."""
    known = ABSENT if isinstance(envelope.event, e.RequestSubmitted) else None
    await deps.recipients.apply(
        envelope.request_id, lambda present: decide.heard(present, envelope), consumed=envelope, known=known
    )
    deps.nudge()


HANDLERS: dict[type[e.Event], Callable[[Envelope[Any], Deps], Awaitable[None]]] = {
    e.RequestSubmitted: on_event,
    e.ProofRequested: on_event,
    e.FeeDue: on_event,
    e.FeeRefunded: on_event,
    e.RequestClosed: on_event,
    e.RequestLate: on_event,
    e.IdentityRejected: on_event,
    e.IdentityReferred: on_event,
    e.IssuanceReferred: on_event,
    e.CertificateIssued: on_event,
    e.IssuanceRefused: on_event,
    e.CertificateRevoked: on_event,
    e.ResidentAsked: on_event,
    e.NoticeResendRequested: on_event,
    e.ChannelTestRequested: on_event,
}
