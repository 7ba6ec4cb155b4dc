"""Identity's handlers: one per event it reads. Every one may be called twice, late, or out of order."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

import structlog

from identity.domain.case import Case, Stage, close_case, decide, judge, note, open_case
from identity.domain.challenge import in_time, shows_nonce
from identity.domain.verdict import NotProven, Proven, Shortcoming, Verdict
from identity.ports import CardCheck, Nonces, Tally
from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.events import Event, EvidenceSubmitted, IdentityDecided, RequestClosed, RequestSubmitted
from madoguchi.contracts.personal import SigningEvidence
from madoguchi.contracts.vocabulary import IdentityReason
from madoguchi.policy.models import Municipality, Proof
from madoguchi.policy.rules import day_in_japan, online_proofs
from madoguchi.store.aggregates import ABSENT, Aggregates
from madoguchi.vault.port import Access, KeyErased, LegalBasis, Purpose, Vault

_log: Final = structlog.get_logger("identity")

ACCESS = Access("identity", Purpose.VERIFY_IDENTITY, LegalBasis.JPKI_ACT_17)


@dataclass(frozen=True, slots=True)
class Deps:
    """What the handlers work with."""

    cases: Aggregates[Case]
    nonces: Nonces
    cards: CardCheck
    vault: Vault
    towns: Mapping[str, Municipality]
    tally: Tally
    clock: Callable[[], datetime]


async def on_request_submitted(envelope: Envelope[RequestSubmitted], deps: Deps) -> None:
    """Open the case."""
    opened = partial(open_case, envelope.event)
    await deps.cases.apply(envelope.request_id, opened, consumed=envelope, known=ABSENT)


async def on_request_closed(envelope: Envelope[RequestClosed], deps: Deps) -> None:
    """Close the case."""
    await deps.cases.apply(envelope.request_id, partial(close_case, envelope.event), consumed=envelope)


async def on_evidence_submitted(envelope: Envelope[EvidenceSubmitted], deps: Deps) -> None:
    """Judge the evidence. Nothing is opened or checked for a repeat, or for a case that takes no evidence any more."""
    present = await deps.cases.load(envelope.request_id)
    if present is not None and (present.has_consumed(envelope.id) or present.state.stage is not Stage.OPEN):
        await deps.cases.apply(envelope.request_id, note, consumed=envelope)
        return
    attempts = deps.towns[envelope.event.municipality].max_proof_attempts
    try:
        verdict = await _verdict(envelope, deps)
    except KeyErased:  # the request's data were destroyed, by wish or by age: nobody waits for an answer
        _log.info("evidence_unreadable", request_id=envelope.request_id, reason="key_erased")
        return
    await deps.cases.apply(
        envelope.request_id,
        lambda state: judge(envelope, verdict, state, attempts=attempts, now=deps.clock()),
        consumed=envelope,
        known=present,
    )
    _count(deps, envelope.event.municipality, verdict)


async def on_identity_decided(envelope: Envelope[IdentityDecided], deps: Deps) -> None:
    """Take over what a clerk decided."""
    await deps.cases.apply(
        envelope.request_id, lambda state: decide(envelope, state, now=deps.clock()), consumed=envelope
    )


async def _verdict(envelope: Envelope[EvidenceSubmitted], deps: Deps) -> Verdict:
    """The nonce is used up before anything else is looked at, so that no outcome can be tried twice."""
    event = envelope.event
    if not await deps.nonces.consume(event.nonce, envelope.id):
        return NotProven(IdentityReason.NONCE_REUSED)
    if not in_time(event.submitted_at, event.challenge_expires_at):
        return NotProven(IdentityReason.CHALLENGE_EXPIRED)
    proof = _lawful(event, deps.towns[event.municipality])
    if proof is None:
        return NotProven(IdentityReason.PROOF_NOT_LAWFUL)
    evidence = await deps.vault.open(event.request_id, event.evidence, SigningEvidence, ACCESS)
    try:
        if not shows_nonce(evidence.text, event.nonce):
            raise Shortcoming(IdentityReason.TEXT_ALTERED, "the text does not carry the nonce")
        attributes = await deps.cards.check(event.municipality, evidence, at=event.submitted_at, now=deps.clock())
    except Shortcoming as short:
        _log.info("evidence_short", request_id=event.request_id, reason=short.reason.value, detail=short.detail)
        sealed = None if short.stated is None else await deps.vault.seal(event.request_id, "attributes", short.stated)
        return NotProven(short.reason, proof, sealed)
    return Proven(await deps.vault.seal(event.request_id, "attributes", attributes), proof)


def _lawful(event: EvidenceSubmitted, town: Municipality) -> Proof | None:
    """The rule under which this proof counts on the day it is handed in, among those we can check."""
    lawful = online_proofs(town, event.certificate, day_in_japan(event.submitted_at))
    return next((proof for proof in lawful if proof.method is event.method), None)


def _count(deps: Deps, municipality: str, verdict: Verdict) -> None:
    if isinstance(verdict, Proven):
        deps.tally(municipality, "verified", "")
    else:
        deps.tally(municipality, "referred" if verdict.refer else "rejected", verdict.reason.value)


HANDLERS: dict[type[Event], Callable[[Envelope[Any], Deps], Awaitable[None]]] = {
    RequestSubmitted: on_request_submitted,
    EvidenceSubmitted: on_evidence_submitted,
    RequestClosed: on_request_closed,
    IdentityDecided: on_identity_decided,
}
