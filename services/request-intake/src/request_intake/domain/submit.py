"""Accepting a request: is it one the town offers, and what follows from accepting it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from madoguchi.contracts import events as e
from madoguchi.contracts.envelope import Envelope, envelop
from madoguchi.contracts.ids import payment_id_of
from madoguchi.contracts.vocabulary import (
    CertificateKind,
    Channel,
    Delivery,
    Language,
    ProofMethod,
    RequestId,
    SealedText,
    Subjects,
)
from madoguchi.policy.models import CertificateOffer, Municipality
from madoguchi.policy.rules import day_in_japan, online_proofs
from request_intake.domain.consent import CONSENT_ITEMS, CONSENT_VERSION
from request_intake.domain.state import Challenge, Consent, Fee, Proof, RequestState, Terms
from request_intake.domain.step import Step


@dataclass(frozen=True, slots=True)
class Wish:
    """What the resident asks for, without anything personal."""

    certificate: CertificateKind
    options: e.CertificateOptions
    delivery: Delivery
    language: Language
    consent_version: str = CONSENT_VERSION


@dataclass(frozen=True, slots=True)
class Accepted:
    """A wish that the town grants, with what was made for it: id, sealed data, the first text to sign."""

    wish: Wish
    request_id: RequestId
    channel: Channel
    client: str
    live: bool
    contact: SealedText
    member: SealedText | None
    challenge: Challenge


def objections(town: Municipality, wish: Wish, now: datetime, *, member: bool) -> tuple[tuple[str, str], ...]:
    """Why the town can't take this wish: pairs of (field, code); empty when it can. `member`: one is named."""
    offer = town.certificates.get(wish.certificate)
    if offer is None:
        return (("certificate", "not_offered"),)
    options = wish.options
    checks = (
        ("options.form", "not_offered", options.form in offer.forms),
        ("options.subjects", "not_offered", options.subjects in offer.subjects),
        ("options.include", "not_offered", set(options.include) <= set(offer.include)),
        ("member", "missing", member or options.subjects is not Subjects.MEMBER),
        ("member", "not_asked_for", not member or options.subjects is Subjects.MEMBER),
        ("delivery", "not_offered", wish.delivery in offer.delivery),
        ("language", "not_offered", wish.language in town.languages),
        ("consent.version", "not_current", wish.consent_version == CONSENT_VERSION),
        ("certificate", "no_online_proof", bool(online_proofs(town, wish.certificate, day_in_japan(now)))),
    )
    return tuple((field, code) for field, code, fine in checks if not fine)


def submit(state: RequestState | None, accepted: Accepted, town: Municipality, now: datetime) -> Step | None:
    """The request is accepted: the resident is asked for proof, and for the fee where the town takes it first."""
    if state is not None:
        return None
    offer = town.certificates[accepted.wish.certificate]
    fresh = _state(accepted, town, offer, now)
    proof_requested = e.ProofRequested(
        request_id=fresh.request_id,
        municipality=fresh.municipality,
        challenge_id=accepted.challenge.id,
        methods=fresh.proof.methods,
        expires_at=accepted.challenge.expires_at,
    )
    emit = (
        envelop(_submitted(fresh, offer), time=now),
        envelop(proof_requested, time=now, key=accepted.challenge.id),
        *_fee(fresh, now),
    )
    return Step(fresh, emit)


def _state(accepted: Accepted, town: Municipality, offer: CertificateOffer, now: datetime) -> RequestState:
    wish, deadlines = accepted.wish, town.deadlines
    first = offer.charge == "before_review"
    fee = Fee(payment_id=payment_id_of(accepted.request_id), amount=offer.fee)
    if first and offer.fee:
        fee = fee.model_copy(update={"due_at": now + deadlines.payment})
    return RequestState(
        request_id=accepted.request_id,
        municipality=town.code,
        certificate=wish.certificate,
        service_code=offer.service_code,
        options=wish.options,
        member=accepted.member,
        delivery=wish.delivery,
        channel=accepted.channel,
        client=accepted.client,
        language=wish.language,
        contact=accepted.contact,
        live=accepted.live,
        terms=_terms(town, first),
        consent=Consent(version=wish.consent_version, items=CONSENT_ITEMS, given_at=now),
        proof=Proof(methods=_methods(town, wish, now), challenges=(accepted.challenge,)),
        fee=fee,
        submitted_at=now,
        progress_at=now,
    )


def _terms(town: Municipality, first: bool) -> Terms:
    own: dict[str, timedelta] = {
        name: getattr(town.deadlines, name) for name in ("promise", "proof", "payment", "challenge", "retention")
    }
    return Terms(**own, charge_before_review=first)


def _methods(town: Municipality, wish: Wish, now: datetime) -> tuple[ProofMethod, ...]:
    return tuple(proof.method for proof in online_proofs(town, wish.certificate, day_in_japan(now)))


def _submitted(state: RequestState, offer: CertificateOffer) -> e.RequestSubmitted:
    return e.RequestSubmitted(
        request_id=state.request_id,
        municipality=state.municipality,
        certificate=state.certificate,
        service_code=offer.service_code,
        options=state.options,
        member=state.member,
        delivery=state.delivery,
        channel=state.channel,
        language=state.language,
        contact=state.contact,
        submitted_at=state.submitted_at,
        deadline_at=state.submitted_at + state.terms.promise,
        live=state.live,
    )


def _fee(state: RequestState, now: datetime) -> tuple[Envelope[e.Event], ...]:
    fee = state.fee
    whose = {"request_id": state.request_id, "municipality": state.municipality, "payment_id": fee.payment_id}
    if fee.amount == 0:
        return (envelop(e.FeeSettled(**whose, amount=0, settled_at=now), time=now, key=fee.payment_id),)
    if fee.due_at is not None:
        due = e.FeeDue(**whose, amount=fee.amount, due_at=fee.due_at)
        return (envelop(due, time=now, key=fee.payment_id),)
    return ()
