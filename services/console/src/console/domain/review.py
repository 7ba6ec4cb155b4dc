"""What staff may do with a case that awaits them, as pure steps: the case in, the case after it out, or `NotNow`.

A form carries the `mark` of the case that it was made from: whoever acts on another state than they saw is told so.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from console.domain.case import Case, Claim, Opening, Proposal, Question, Referral, Verdict, awaited
from console.domain.hand import Hand, NotNow, Refusal
from console.domain.happening import happening
from console.domain.staff import Role, Staff
from madoguchi.contracts import events as e
from madoguchi.contracts.envelope import envelop
from madoguchi.store.aggregates import Change

REASONS: dict[Verdict, tuple[str, ...]] = {
    Verdict.APPROVE: (
        "variant_characters",
        "moved",
        "renamed",
        "one_of_two_entries",
        "seen_document",
        "asked_resident",
    ),
    Verdict.REFUSE: ("not_the_person", "not_in_register", "not_entitled", "evidence_doubtful", "no_answer"),
}
"""Why somebody decides so. They stay in the console: no event tells them, and none says that a block exists."""

PURPOSES = ("review", "confirm", "enquiry", "complaint")
"""What a case may be opened for."""


def kind_of(verdict: Verdict, question: Question) -> str:
    """The name of a kind of decision, as a town's rules call it."""
    return f"{verdict}_{question}"


def mark(case: Case) -> str:
    """Changes whenever the case would be decided on other grounds."""
    asked = awaited(case)
    held = case.claim and (case.claim.staff, case.claim.at.isoformat())
    proposed = pending(case)
    parts = (asked and asked.id, held, proposed and (proposed.staff, proposed.at.isoformat()))
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def pending(case: Case) -> Proposal | None:
    """The proposal that waits for a second person; one that answers an earlier question counts no more."""
    asked = awaited(case)
    return case.proposal if case.proposal is not None and asked and case.proposal.referral == asked.id else None


def holder(case: Case, now: datetime, lasts: timedelta) -> str | None:
    """Whose claim counts."""
    return case.claim.staff if case.claim is not None and now - case.claim.at < lasts else None


def claim(case: Case, hand: Hand) -> Change[Case]:
    """Take the case; again, to keep it longer. While it waits for a second person, only such a one may."""
    _current(case, hand)
    _free(case, hand)
    if pending(case) is not None and not second_person_may(case, hand.staff):
        raise NotNow(Refusal.PROPOSED)
    return Change(case.model_copy(update={"claim": Claim(staff=hand.staff.number, at=hand.now)}))


def release(case: Case, hand: Hand) -> Change[Case]:
    """Give the case back to the queue."""
    _current(case, hand)
    if holder(case, hand.now, hand.rules.claim_lasts) != hand.staff.number:
        raise NotNow(Refusal.NOT_CLAIMED)
    return Change(case.model_copy(update={"claim": None}))


def opened(case: Case, hand: Hand, *, own: bool) -> Change[Case]:
    """Somebody looked."""
    asked = awaited(case)
    look = Opening(staff=hand.staff.number, at=hand.now, referral=asked.id if asked else "", own=own)
    others = tuple(one for one in case.openings if one.staff != hand.staff.number)
    return Change(case.model_copy(update={"openings": (*others, look)}))


def may_decide(case: Case, hand: Hand, verdict: Verdict, reason: str) -> Referral:
    """What is asked, if somebody may decide it so. Raises `NotNow`."""
    asked = working_on(case, hand)
    if pending(case) is not None:
        raise NotNow(Refusal.PROPOSED)
    if reason not in REASONS[verdict]:
        raise NotNow(Refusal.NO_REASON)
    return asked


def decide(case: Case, hand: Hand, proposal: Proposal) -> Change[Case]:
    """The decision of one person: published at once, or put before a second one."""
    asked = may_decide(case, hand, proposal.verdict, proposal.reason)
    if proposal.verdict is Verdict.APPROVE and proposal.choice is None:
        raise NotNow(Refusal.NO_CHOICE)
    if kind_of(proposal.verdict, asked.question) in hand.rules.two_persons:
        return Change(case.model_copy(update={"proposal": proposal, "claim": None, "openings": ()}))
    return _settled(case, asked, proposal, hand, approver=None)


def confirm(case: Case, hand: Hand) -> Change[Case]:
    """A second person agrees: the decision is published."""
    asked, proposal = _second(case, hand)
    return _settled(case, asked, proposal, hand, approver=hand.staff.number)


def send_back(case: Case, hand: Hand) -> Change[Case]:
    """A second person does not agree: the case is as before the proposal."""
    _second(case, hand)
    return Change(case.model_copy(update={"proposal": None, "claim": None}))


def second_person_may(case: Case, staff: Staff) -> bool:
    """Whether somebody may confirm what was proposed; for showing the buttons."""
    proposed = pending(case)
    return proposed is not None and Role.APPROVER in staff.roles and proposed.staff != staff.number


def _current(case: Case, hand: Hand) -> Referral:
    asked = awaited(case)
    if hand.mark is not None and hand.mark != mark(case):
        raise NotNow(Refusal.CHANGED)
    if asked is None:
        raise NotNow(Refusal.NOTHING_AWAITED)
    return asked


def _free(case: Case, hand: Hand) -> None:
    if holder(case, hand.now, hand.rules.claim_lasts) not in (None, hand.staff.number):
        raise NotNow(Refusal.CLAIMED)


def working_on(case: Case, hand: Hand) -> Referral:
    """What is asked, of somebody who works on it, has looked, and is not the person it is about."""
    asked = _current(case, hand)
    if Role.CLERK not in hand.staff.roles:
        raise NotNow(Refusal.ROLE)
    _free(case, hand)
    if holder(case, hand.now, hand.rules.claim_lasts) is None:
        raise NotNow(Refusal.NOT_CLAIMED)
    _looked(case, asked, hand.staff)
    return asked


def _second(case: Case, hand: Hand) -> tuple[Referral, Proposal]:
    """What is asked and proposed, of a second person who has looked since."""
    asked = _current(case, hand)
    proposed = pending(case)
    if proposed is None:
        raise NotNow(Refusal.NOT_PROPOSED)
    if Role.APPROVER not in hand.staff.roles:
        raise NotNow(Refusal.ROLE)
    if proposed.staff == hand.staff.number:
        raise NotNow(Refusal.SAME_PERSON)
    _free(case, hand)
    _looked(case, asked, hand.staff)
    return asked, proposed


def _looked(case: Case, asked: Referral, staff: Staff) -> None:
    looks = [one for one in case.openings if one.staff == staff.number and one.referral == asked.id]
    if not looks:
        raise NotNow(Refusal.NOT_OPENED)
    if any(one.own for one in looks):
        raise NotNow(Refusal.OWN_REQUEST)


def _settled(case: Case, asked: Referral, proposal: Proposal, hand: Hand, *, approver: str | None) -> Change[Case]:
    event = _event(case, asked, proposal, hand, approver)
    envelope = envelop(event, time=hand.now, key=asked.id, trace=dict(hand.trace))
    learnt = {
        "timeline": (*case.timeline, happening(envelope)),
        "answered": (*case.answered, asked.id),
        "proposal": None,
        "claim": None,
        "openings": (),
    }
    return Change(case.model_copy(update=learnt), (envelope,))


def _event(case: Case, asked: Referral, proposal: Proposal, hand: Hand, approver: str | None) -> e.Decision:
    said: dict[str, Any] = {
        "request_id": case.request_id,
        "municipality": case.municipality,
        "decision": proposal.verdict.value,
        "clerk": proposal.staff,
        "approver": approver,
        "decided_at": hand.now,
    }
    if asked.question is Question.IDENTITY:
        return e.IdentityDecided(**said, attributes=proposal.attributes)
    return e.IssuanceDecided(**said, choice=proposal.choice)
