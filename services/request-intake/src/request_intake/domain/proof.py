"""Proving who the resident is: a text to sign, the evidence, and what identity says to it."""

from datetime import datetime, timedelta

from madoguchi.contracts import events as e
from madoguchi.contracts.envelope import Envelope, envelop
from madoguchi.contracts.vocabulary import ProofMethod, SealedText
from request_intake.domain import facts
from request_intake.domain.state import Challenge, Proof, Rejection, RequestState
from request_intake.domain.step import NotNow, Step

WORTH_USING = timedelta(minutes=2)
"""A text with less time left than this is replaced: signing takes a moment."""


def with_proof(state: RequestState, **facts_learned: object) -> RequestState:
    """`state` with facts about the proof added."""
    proof: Proof = state.proof.model_copy(update=facts_learned)
    return state.model_copy(update={"proof": proof})


def open_for_proof(state: RequestState) -> None:
    """Raises `NotNow` unless evidence can be taken."""
    if facts.ended_at(state) is not None:
        raise NotNow("already_ended")
    if facts.with_clerk(state):
        raise NotNow("with_clerk")
    if facts.awaits_verdict(state):
        raise NotNow("already_checking")
    if not facts.proof_needed(state):
        raise NotNow("already_proven")


def new_challenge(state: RequestState, fresh: Challenge, now: datetime) -> Step | None:
    """A new text to sign; None while the present one is good. Told to the resident once for each try.

    Raises `NotNow`."""
    open_for_proof(state)
    if facts.current_challenge(state, now, left=WORTH_USING) is not None:
        return None
    replaced = [c for c in state.proof.challenges if c.used_at is not None or c.expires_at > now]
    after = with_proof(state, challenges=(*replaced, fresh))
    newest = state.proof.challenges[-1] if state.proof.challenges else None
    if newest is not None and newest.used_at is None:
        return Step(after)
    requested = e.ProofRequested(
        request_id=state.request_id,
        municipality=state.municipality,
        challenge_id=fresh.id,
        methods=state.proof.methods,
        expires_at=fresh.expires_at,
    )
    return Step(after, (envelop(requested, time=now, key=fresh.id),))


def challenge_of(state: RequestState, challenge_id: str, now: datetime) -> Challenge:
    """The text that evidence is about; one that was used may be named again. Raises `NotNow`."""
    named = next((c for c in state.proof.challenges if c.id == challenge_id), None)
    if named is None:
        raise NotNow("challenge_unknown")
    if named.used_at is None and named.expires_at <= now:
        raise NotNow("challenge_expired")
    return named


def submit_evidence(
    state: RequestState, challenge_id: str, method: ProofMethod, evidence: SealedText, now: datetime
) -> Step | None:
    """Evidence goes to identity; the same again changes nothing. Raises `NotNow`."""
    challenge = challenge_of(state, challenge_id, now)
    if challenge.used_at is not None:
        return None
    open_for_proof(state)
    used = challenge.model_copy(update={"used_at": now})
    submitted = e.EvidenceSubmitted(
        request_id=state.request_id,
        municipality=state.municipality,
        certificate=state.certificate,
        method=method,
        challenge_id=challenge.id,
        nonce=challenge.nonce,
        challenge_expires_at=challenge.expires_at,
        evidence=evidence,
        submitted_at=now,
    )
    challenges = tuple(used if c.id == challenge_id else c for c in state.proof.challenges)
    return Step(with_proof(state, challenges=challenges), (envelop(submitted, time=now, key=challenge.id),))


def verified(state: RequestState, envelope: Envelope[e.IdentityVerified]) -> Step | None:
    """Identity said yes."""
    if state.proof.verified_at is not None:
        return None
    return Step(with_proof(state, verified_at=envelope.event.verified_at))


def rejected(state: RequestState, envelope: Envelope[e.IdentityRejected]) -> Step | None:
    """Identity said no; the resident may try again unless that was final."""
    event = envelope.event
    if any(r.event_id == envelope.id for r in state.proof.rejections):
        return None
    said = Rejection(event_id=envelope.id, reason=event.reason, final=event.final, at=event.rejected_at)
    in_order = sorted((*state.proof.rejections, said), key=lambda r: (r.at, r.event_id))
    return Step(with_proof(state, rejections=tuple(in_order)))


def referred(state: RequestState, envelope: Envelope[e.IdentityReferred]) -> Step | None:
    """Identity passed it to a clerk."""
    if state.proof.referred_at is not None:
        return None
    return Step(with_proof(state, referred_at=envelope.event.referred_at))
