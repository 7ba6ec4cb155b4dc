"""A request as the console sees it (案件): everything that happened, and what awaits a person. Pure.

Events come in any order and more than once. What a case awaits is told from all of them together, never from the last.
"""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from console.domain.happening import Happening, happening
from madoguchi.contracts import events as e
from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.vocabulary import (
    CertificateNumber,
    IdentityReason,
    Instant,
    MunicipalityCode,
    QuestionId,
    RequestId,
    ResidentQuestion,
    SealedText,
)


class Question(StrEnum):
    """What a clerk is asked."""

    IDENTITY = "identity"
    """Who is this?"""
    ISSUANCE = "issuance"
    """Which entry of the register is it, and may they have the certificate?"""


class Referral(BaseModel):
    """A service asked for a clerk."""

    model_config = ConfigDict(frozen=True)

    id: str
    """Of the event."""
    question: Question
    at: Instant
    reason: IdentityReason | None = None
    """Of identity; issuance's reasons are sealed."""
    sealed: SealedText | None = None
    """Issuance's `ReviewNote`; or `CardAttributes` as the card states them, not proven."""


class Verdict(StrEnum):
    """What a clerk says."""

    APPROVE = "approve"
    REFUSE = "refuse"


class Claim(BaseModel):
    """Somebody works on the case."""

    model_config = ConfigDict(frozen=True)

    staff: str
    """職員番号."""
    at: Instant


class Opening(BaseModel):
    """Somebody looked at what is sealed; the access record says the same to the resident."""

    model_config = ConfigDict(frozen=True)

    staff: str
    at: Instant
    referral: str
    """What was asked at that time; empty when nothing was."""
    own: bool
    """Whether they seem to be the person it is about."""


class Proposal(BaseModel):
    """A decision, as one person made it."""

    model_config = ConfigDict(frozen=True)

    referral: str
    """Which one it answers."""
    verdict: Verdict
    reason: str
    """A code of `console.domain.review`."""
    staff: str
    at: Instant
    choice: SealedText | None = None
    """Of an approval: sealed `ClerkChoice`, the entry of the register it rests on."""
    attributes: SealedText | None = None
    """Of an approval of identity: sealed `CardAttributes`, as that entry has them."""


class Enquiry(BaseModel):
    """A question to the resident, and what they answered."""

    model_config = ConfigDict(frozen=True)

    id: QuestionId
    question: ResidentQuestion
    at: Instant
    """When it was asked; if only the answer was heard of, when that came."""
    answer: SealedText | None = None
    """Sealed `ResidentAnswer`."""


class Case(BaseModel):
    """One request. Codes, times, and ciphertext that a clerk may have opened; nothing else."""

    model_config = ConfigDict(frozen=True)

    request_id: RequestId
    municipality: MunicipalityCode
    timeline: tuple[Happening, ...] = ()
    """Oldest first."""
    referrals: tuple[Referral, ...] = ()
    """Oldest first."""
    deadline: Instant | None = None
    """By when the town promised an answer."""
    certificate_number: CertificateNumber | None = None
    attributes: SealedText | None = None
    """Sealed `CardAttributes` of a proven identity."""
    member: SealedText | None = None
    """Sealed `NamedPerson`: whose certificate is asked for, if it is somebody else's."""
    claim: Claim | None = None
    openings: tuple[Opening, ...] = ()
    """The last one of each person since the last decision or proposal."""
    proposal: Proposal | None = None
    """Waits for a second person."""
    enquiries: tuple[Enquiry, ...] = ()
    """In the order of their ids, which is that of asking."""
    answered: tuple[str, ...] = ()
    """The referrals that a decision was published for."""


_OVER = frozenset({e.RequestClosed.TYPE, e.CertificateIssued.TYPE, e.IssuanceRefused.TYPE, e.CertificateRevoked.TYPE})


def over(case: Case) -> bool:
    """Whether the request has ended, one way or the other."""
    return any(
        one.type in _OVER or (one.type == e.IdentityRejected.TYPE and one.facts.get("final") == "yes")
        for one in case.timeline
    )


def awaited(case: Case) -> Referral | None:
    """What a clerk is asked at present; None when nobody waits for one."""
    if over(case):
        return None
    open_ones = [one for one in case.referrals if not _answered(case, one)]
    return open_ones[-1] if open_ones else None


def _answered(case: Case, referral: Referral) -> bool:
    """Whether a clerk decided, or the service went on after it asked."""
    if referral.id in case.answered:
        return True
    if referral.question is Question.IDENTITY:
        return any(one.type == e.IdentityVerified.TYPE for one in case.timeline)
    # A case can be found eligible, and be referred all the same while the certificate is made.
    eligible = (one.time for one in case.timeline if one.type == e.IssuanceEligible.TYPE)
    later = (one.at for one in case.referrals if one.question is Question.ISSUANCE and one.id != referral.id)
    return any(moment > referral.at for moment in (*eligible, *later))


def learn(envelope: Envelope[e.Event], case: Case | None) -> Case:
    """Take over what an event says. A repeat changes nothing."""
    event = envelope.event
    before = case or Case(request_id=event.request_id, municipality=event.municipality)
    if any(one.id == envelope.id for one in before.timeline):
        return before
    timeline = sorted((*before.timeline, happening(envelope)), key=lambda one: (one.time, one.id))
    referral = _referral(envelope)
    referrals = (*before.referrals, *([referral] if referral else []))
    learnt = {
        "timeline": tuple(timeline),
        "referrals": tuple(sorted(referrals, key=lambda one: (one.at, one.id))),
        **_kept(event, before),
    }
    return before.model_copy(update=learnt)


def _referral(envelope: Envelope[e.Event]) -> Referral | None:
    match envelope.event:
        case e.IdentityReferred() as event:
            return Referral(
                id=envelope.id,
                question=Question.IDENTITY,
                at=event.referred_at,
                reason=event.reason,
                sealed=event.attributes,
            )
        case e.IssuanceReferred() as event:
            return Referral(id=envelope.id, question=Question.ISSUANCE, at=event.referred_at, sealed=event.review)
    return None


def _kept(event: e.Event, before: Case) -> dict[str, object]:
    """What is kept of an event beside its line in the timeline."""
    match event:
        case e.RequestSubmitted():
            return {"deadline": event.deadline_at, "member": event.member}
        case e.IdentityVerified():
            return {"attributes": event.attributes}
        case e.CertificateIssued():
            return {"certificate_number": event.certificate_number}
        case e.ResidentAnswered():
            return {"enquiries": _with_answer(event, before.enquiries)}
    return {}


def _with_answer(event: e.ResidentAnswered, before: tuple[Enquiry, ...]) -> tuple[Enquiry, ...]:
    asked = {one.id: one for one in before}
    known = asked.get(event.question_id) or Enquiry(id=event.question_id, question=event.question, at=event.answered_at)
    asked[event.question_id] = known.model_copy(update={"answer": event.answer})
    return tuple(asked[key] for key in sorted(asked))
