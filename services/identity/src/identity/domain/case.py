"""A request as identity sees it, and every step it may take. Pure: state and facts in, change out."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from identity.domain.verdict import NotProven, Proven, Verdict
from madoguchi.contracts import events as e
from madoguchi.contracts.envelope import Envelope, envelop
from madoguchi.contracts.vocabulary import AssuranceLevel, IdentityReason, MunicipalityCode, ProofMethod
from madoguchi.store.aggregates import Change


class Stage(StrEnum):
    """Where a case stands. Only `open` cases take evidence, only `with_clerk` ones a clerk's decision."""

    OPEN = "open"
    WITH_CLERK = "with_clerk"
    VERIFIED = "verified"
    REJECTED = "rejected"
    CLOSED = "closed"


class Case(BaseModel):
    """Codes and counts only; what the card says stays sealed in the events."""

    model_config = ConfigDict(frozen=True)

    municipality: MunicipalityCode
    stage: Stage = Stage.OPEN
    attempts: int = 0
    method: ProofMethod | None = None
    """With the next two: the rule under which the referred evidence was judged."""
    assurance_level: AssuranceLevel | None = None
    rule: str | None = None


class DecisionIncomplete(Exception):
    """A clerk approved without saying who the resident is."""


def open_case(event: e.RequestSubmitted, state: Case | None) -> Change[Case]:
    """A request was submitted; its evidence or its end may have arrived first."""
    return Change(state or Case(municipality=event.municipality))


def note(state: Case | None) -> Change[Case] | None:
    """The event is remembered, and changes nothing."""
    return None if state is None else Change(state)


def close_case(event: e.RequestClosed, state: Case | None) -> Change[Case]:
    """The request ended elsewhere: no evidence and no decision counts any more."""
    present = state or Case(municipality=event.municipality)
    return Change(present.model_copy(update={"stage": Stage.CLOSED}))


def judge(
    evidence: Envelope[e.EvidenceSubmitted], verdict: Verdict, state: Case | None, *, attempts: int, now: datetime
) -> Change[Case]:
    """One piece of evidence, one verdict. `attempts` is how many the town allows; the last failed one is final."""
    event = evidence.event
    case = state or Case(municipality=event.municipality)
    if case.stage is not Stage.OPEN:
        return Change(case)
    if isinstance(verdict, Proven):
        return _verified(evidence, case, verdict, now)
    if verdict.refer:
        return _referred(evidence, case, verdict, now)
    tried = case.attempts + verdict.counts
    final = tried >= attempts
    rejected = e.IdentityRejected(
        request_id=event.request_id,
        municipality=event.municipality,
        reason=verdict.reason,
        final=final,
        rejected_at=now,
    )
    stage = Stage.REJECTED if final else Stage.OPEN
    return Change(
        case.model_copy(update={"attempts": tried, "stage": stage}),
        (envelop(rejected, time=now, key=evidence.id, trace=evidence.trace),),
    )


def _verified(evidence: Envelope[e.EvidenceSubmitted], case: Case, verdict: Proven, now: datetime) -> Change[Case]:
    verified = e.IdentityVerified(
        request_id=evidence.request_id,
        municipality=evidence.event.municipality,
        method=verdict.proof.method,
        assurance_level=verdict.proof.assurance,
        rule=verdict.proof.rule,
        attributes=verdict.attributes,
        verified_at=now,
    )
    return Change(
        case.model_copy(update={"stage": Stage.VERIFIED}), (envelop(verified, time=now, trace=evidence.trace),)
    )


def _referred(evidence: Envelope[e.EvidenceSubmitted], case: Case, verdict: NotProven, now: datetime) -> Change[Case]:
    proof = verdict.proof
    referred = e.IdentityReferred(
        request_id=evidence.request_id,
        municipality=evidence.event.municipality,
        reason=verdict.reason,
        attributes=verdict.attributes,
        referred_at=now,
    )
    judged_under = {
        "stage": Stage.WITH_CLERK,
        "method": proof and proof.method,
        "assurance_level": proof and proof.assurance,
        "rule": proof and proof.rule,
    }
    return Change(
        case.model_copy(update=judged_under), (envelop(referred, time=now, key=evidence.id, trace=evidence.trace),)
    )


def decide(decision: Envelope[e.IdentityDecided], state: Case | None, *, now: datetime) -> Change[Case]:
    """A clerk decided a referred case. Anything else leaves the case as it is. Raises `DecisionIncomplete`."""
    event = decision.event
    case = state or Case(municipality=event.municipality)
    if case.stage is not Stage.WITH_CLERK or case.method is None or case.assurance_level is None or case.rule is None:
        return Change(case)
    if event.decision == "refuse":
        refused = e.IdentityRejected(
            request_id=event.request_id,
            municipality=event.municipality,
            reason=IdentityReason.REFUSED_BY_CLERK,
            final=True,
            rejected_at=now,
        )
        return Change(
            case.model_copy(update={"stage": Stage.REJECTED}),
            (envelop(refused, time=now, key=decision.id, trace=decision.trace),),
        )
    if event.attributes is None:
        raise DecisionIncomplete("an approval must carry the attributes as the clerk confirmed them")
    verified = e.IdentityVerified(
        request_id=event.request_id,
        municipality=event.municipality,
        method=case.method,
        assurance_level=case.assurance_level,
        rule=case.rule,
        attributes=event.attributes,
        verified_at=now,
    )
    return Change(
        case.model_copy(update={"stage": Stage.VERIFIED}), (envelop(verified, time=now, trace=decision.trace),)
    )
