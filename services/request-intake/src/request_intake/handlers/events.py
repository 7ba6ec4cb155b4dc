"""Events of the other services, each applied to its request once. `HANDLERS` equals intake's rows of `FLOW`."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from madoguchi.contracts import events as e
from madoguchi.contracts.envelope import Envelope
from request_intake.domain import issuance, proof, questions, sweeping
from request_intake.domain.state import RequestState
from request_intake.domain.step import Step, expect
from request_intake.handlers.deps import Deps, NoSuchRequest, log

Learn = Callable[[RequestState, Envelope[Any], datetime], Step | None]
Handler = Callable[[Envelope[Any], Deps], Awaitable[None]]


def _handler(learn: Learn) -> Handler:
    async def handle(envelope: Envelope[e.Event], deps: Deps) -> None:
        def decision(state: RequestState, now: datetime) -> Step | None:
            step = learn(state, envelope, now) or Step(state)
            after = expect(step.state, envelope)
            return None if after == state else Step(after, step.emit)

        # Intake starts the re-driving; answering a re-driven answer with another round would never end.
        consumed = replace(envelope, redrive=0)
        try:
            await deps.decide(envelope.request_id, decision, consumed=consumed)
        except NoSuchRequest:
            deps.tally.unknown()
            log.warning("event_for_no_request_here", event_type=envelope.type, request_id=envelope.request_id)

    return handle


HANDLERS: dict[type[e.Event], Handler] = {
    e.IdentityVerified: _handler(lambda state, envelope, _: proof.verified(state, envelope)),
    e.IdentityRejected: _handler(lambda state, envelope, _: proof.rejected(state, envelope)),
    e.IdentityReferred: _handler(lambda state, envelope, _: proof.referred(state, envelope)),
    e.IssuanceEligible: _handler(issuance.eligible),
    e.IssuanceReferred: _handler(lambda state, envelope, _: issuance.referred(state, envelope)),
    e.CertificateIssued: _handler(lambda state, envelope, _: issuance.issued(state, envelope)),
    e.IssuanceRefused: _handler(lambda state, envelope, _: issuance.refused(state, envelope)),
    e.CertificateRevoked: _handler(lambda state, envelope, _: issuance.revoked(state, envelope)),
    e.ResidentAsked: _handler(lambda state, envelope, _: questions.asked(state, envelope)),
    e.NoticeSent: _handler(lambda state, envelope, _: sweeping.reported(state, envelope)),
    e.NoticeFailed: _handler(lambda state, envelope, _: sweeping.reported(state, envelope)),
}
