"""Requests and events to start from."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from madoguchi.contracts import events as e
from madoguchi.contracts.envelope import Envelope, envelop
from madoguchi.contracts.notices import NOTICE_OF, notice_id
from madoguchi.contracts.personal import Contact
from madoguchi.contracts.vocabulary import (
    AssuranceLevel,
    CertificateKind,
    Channel,
    Delivery,
    IdentityReason,
    Language,
    NoticeChannel,
    ProofMethod,
    RefusalReason,
)
from madoguchi.policy.models import Municipality
from madoguchi.text.catalogue import Catalogue
from request_intake import handlers
from request_intake.domain import issuance, proof
from request_intake.domain.challenge import Subject, new_challenge
from request_intake.domain.consent import CONSENT_VERSION
from request_intake.domain.state import RequestState
from request_intake.domain.step import Pace, Step
from request_intake.domain.submit import Accepted, Wish, submit
from request_intake.handlers import Deps, Sender

NOW = datetime.fromisoformat("2026-11-24T00:00:00+00:00")
LATER = NOW + timedelta(hours=1)
MUCH_LATER = NOW + timedelta(hours=2)
SOON = NOW + timedelta(minutes=10)
REQUEST = "req_01jd0000000000000000000000"
SEALED = "sealed:v1:contact:AAAA"
PACE = Pace(redrive=timedelta(seconds=20))
WISH = Wish(
    certificate=CertificateKind.RESIDENCE_CERTIFICATE,
    options=e.CertificateOptions(),
    delivery=Delivery.DOWNLOAD,
    language=Language.ENGLISH,
    consent_version=CONSENT_VERSION,
)
WHOSE = {"request_id": REQUEST, "municipality": "990019"}


def priced(town: Municipality, **offer: object) -> Municipality:
    kind = CertificateKind.RESIDENCE_CERTIFICATE
    return town.model_copy(update={"certificates": {kind: town.certificates[kind].model_copy(update=offer)}})


def submitted(town: Municipality, catalogue: Catalogue, now: datetime = NOW) -> Step:
    subject = Subject(REQUEST, WISH.certificate, WISH.options, WISH.language)
    challenge = new_challenge(subject, town, catalogue, now, lambda n: b"\1" * n)
    accepted = Accepted(
        WISH, REQUEST, Channel.API, "webchat", live=True, contact=SEALED, member=None, challenge=challenge
    )
    step = submit(None, accepted, town, now)
    assert step is not None
    return step


def verified_event(at: datetime = LATER) -> Envelope[e.IdentityVerified]:
    event = e.IdentityVerified(
        **WHOSE,
        method=ProofMethod.JPKI_SIGNATURE,
        assurance_level=AssuranceLevel.IAL3,
        rule="rule",
        attributes="sealed:v1:attributes:AAAA",
        verified_at=at,
    )
    return envelop(event, time=at)


def rejected_event(key: str, *, final: bool = False, at: datetime = LATER) -> Envelope[e.IdentityRejected]:
    event = e.IdentityRejected(**WHOSE, reason=IdentityReason.SIGNATURE_INVALID, final=final, rejected_at=at)
    return envelop(event, time=at, key=key)


def identity_referred_event(at: datetime = LATER) -> Envelope[e.IdentityReferred]:
    return envelop(e.IdentityReferred(**WHOSE, reason=IdentityReason.ATTRIBUTES_MISSING, referred_at=at), time=at)


def eligible_event(at: datetime = LATER) -> Envelope[e.IssuanceEligible]:
    return envelop(e.IssuanceEligible(**WHOSE, eligible_at=at), time=at)


def issuance_referred_event(at: datetime = LATER) -> Envelope[e.IssuanceReferred]:
    return envelop(e.IssuanceReferred(**WHOSE, review="sealed:v1:review:AAAA", referred_at=at), time=at)


def issued_event(at: datetime = LATER) -> Envelope[e.CertificateIssued]:
    event = e.CertificateIssued(
        **WHOSE,
        certificate=CertificateKind.RESIDENCE_CERTIFICATE,
        certificate_number="990019-20261124-0123456789",
        sha256="0" * 64,
        sheets=1,
        issued_at=at,
        download_until=at + timedelta(days=7),
    )
    return envelop(event, time=at)


def refused_event(at: datetime = LATER) -> Envelope[e.IssuanceRefused]:
    return envelop(e.IssuanceRefused(**WHOSE, reason=RefusalReason.NOT_ENTITLED, refused_at=at), time=at)


def revoked_event(at: datetime = LATER) -> Envelope[e.CertificateRevoked]:
    event = e.CertificateRevoked(**WHOSE, certificate_number="990019-20261124-0123456789", revoked_at=at)
    return envelop(event, time=at)


def notice_sent_event(of: Envelope[Any], at: datetime = LATER) -> Envelope[e.NoticeSent]:
    key = notice_id(of)
    assert key is not None
    event = e.NoticeSent(
        **WHOSE,
        notice_id=key,
        kind=NOTICE_OF[type(of.event)],
        channels=(NoticeChannel.EMAIL,),
        status="sent",
        sent_at=at,
    )
    return envelop(event, time=at, key=key)


def then(step: Step | None) -> RequestState:
    assert step is not None
    return step.state


def handed_in(state: RequestState, now: datetime = NOW) -> RequestState:
    challenge = state.proof.challenges[-1]
    return then(proof.submit_evidence(state, challenge.id, ProofMethod.JPKI_SIGNATURE, "sealed:v1:evidence:AAAA", now))


def emitted(step: Step | None) -> list[str]:
    assert step is not None
    return [type(envelope.event).__name__ for envelope in step.emit]


def eligible_state(fresh: RequestState) -> RequestState:
    known = then(proof.verified(handed_in(fresh), verified_event()))
    return then(issuance.eligible(known, eligible_event(), LATER))


async def accept(deps: Deps) -> str:
    """A request through the use cases; its id."""
    sender = Sender("990019", Channel.API, "990019/webchat/live")
    contact = Contact(email="hanako@example.jp")
    sealed = await handlers.seal(deps, sender, WISH, request_id=handlers.reserve(deps), contact=contact, member=None)
    return (await handlers.submit(deps, sender, sealed)).request_id


async def hear_all(deps: Deps, request_id: str, *envelopes: Envelope[Any]) -> None:
    """Events of the other services arrive for this request."""
    for envelope in envelopes:
        told = envelope.event.model_copy(update={"request_id": request_id})
        await handlers.HANDLERS[type(told)](replace(envelope, event=told), deps)
