"""Who may do what with a case: claims, the second person, one's own request, forms that are too old."""

from dataclasses import replace
from datetime import timedelta

import pytest

from console.domain import review
from console.domain.case import Case, Proposal, Verdict, awaited, learn
from console.domain.hand import Hand, NotNow, Refusal, Rules
from console.domain.staff import Role, Staff
from madoguchi.contracts.events import IdentityDecided, IssuanceDecided
from unit.console import given as g

CLERK = Staff("0042", frozenset({Role.CLERK}), g.TOWN)
OTHER = Staff("0043", frozenset({Role.CLERK}), g.TOWN)
APPROVER = Staff("0007", frozenset({Role.APPROVER}), g.TOWN)
BOTH = Staff("0042", frozenset({Role.CLERK, Role.APPROVER}), g.TOWN)
RULES = Rules(frozenset({"approve_issuance"}), timedelta(minutes=30))


def hand(staff: Staff, minutes: float = 60, mark: str | None = None) -> Hand:
    return Hand(staff, g.at(minutes), RULES, mark)


def waiting() -> Case:
    """A case that issuance referred."""
    return learn(g.issuance_referred(), learn(g.submitted(), None))


def worked_on(case: Case | None = None, staff: Staff = CLERK) -> Case:
    """Claimed and opened."""
    return looked_at(review.claim(case or waiting(), hand(staff)).state, staff)


def looked_at(case: Case, staff: Staff, *, own: bool = False) -> Case:
    return review.opened(case, hand(staff, 61), own=own).state


def proposal(verdict: Verdict = Verdict.APPROVE, reason: str = "variant_characters", choice: bool = True) -> Proposal:
    asked = awaited(waiting())
    assert asked is not None
    sealed = "sealed:v1:choice:AAAA" if choice and verdict is Verdict.APPROVE else None
    return Proposal(referral=asked.id, verdict=verdict, reason=reason, staff=CLERK.number, at=g.at(62), choice=sealed)


def proposed() -> Case:
    return review.decide(worked_on(), hand(CLERK, 62), proposal()).state


def refused(error: pytest.ExceptionInfo[NotNow]) -> Refusal:
    return error.value.refusal


def test_a_claim_keeps_others_away_until_it_lapses() -> None:
    case = review.claim(waiting(), hand(CLERK)).state
    with pytest.raises(NotNow) as error:
        review.claim(case, hand(OTHER, 89))
    assert refused(error) is Refusal.CLAIMED
    later = review.claim(case, hand(OTHER, 90)).state
    assert review.holder(later, g.at(90), RULES.claim_lasts) == "0043"


def test_who_claimed_it_may_give_it_back_and_nobody_else() -> None:
    case = review.claim(waiting(), hand(CLERK)).state
    with pytest.raises(NotNow) as error:
        review.release(case, hand(OTHER))
    assert refused(error) is Refusal.NOT_CLAIMED
    assert review.release(case, hand(CLERK)).state.claim is None


def test_a_form_made_from_an_earlier_state_does_nothing() -> None:
    seen = review.mark(waiting())
    case = review.claim(waiting(), hand(OTHER, mark=seen)).state
    with pytest.raises(NotNow) as error:
        review.claim(case, hand(CLERK, mark=seen))
    assert refused(error) is Refusal.CHANGED


def test_what_does_not_change_the_grounds_does_not_spoil_a_form() -> None:
    seen = review.mark(waiting())
    case = learn(g.notice_sent(50), waiting())
    assert review.claim(case, hand(CLERK, mark=seen)).state.claim is not None


def test_nobody_decides_what_they_did_not_claim_or_did_not_look_at() -> None:
    with pytest.raises(NotNow) as error:
        review.decide(looked_at(waiting(), CLERK), hand(CLERK), proposal())
    assert refused(error) is Refusal.NOT_CLAIMED
    with pytest.raises(NotNow) as error:
        review.decide(review.claim(waiting(), hand(CLERK)).state, hand(CLERK), proposal())
    assert refused(error) is Refusal.NOT_OPENED


def test_nobody_decides_their_own_request() -> None:
    case = looked_at(worked_on(), CLERK, own=True)
    with pytest.raises(NotNow) as error:
        review.decide(case, hand(CLERK), proposal())
    assert refused(error) is Refusal.OWN_REQUEST
    with pytest.raises(NotNow) as error:
        review.confirm(looked_at(proposed(), APPROVER, own=True), hand(APPROVER))
    assert refused(error) is Refusal.OWN_REQUEST


def test_an_approval_needs_a_choice_and_every_decision_a_reason_from_its_list() -> None:
    with pytest.raises(NotNow) as error:
        review.decide(worked_on(), hand(CLERK), proposal(choice=False))
    assert refused(error) is Refusal.NO_CHOICE
    with pytest.raises(NotNow) as error:
        review.decide(worked_on(), hand(CLERK), proposal(Verdict.REFUSE, "moved"))
    assert refused(error) is Refusal.NO_REASON


def test_a_decision_that_needs_one_person_is_published_at_once() -> None:
    change = review.decide(worked_on(), hand(CLERK), proposal(Verdict.REFUSE, "not_the_person"))
    (envelope,) = change.emit
    assert isinstance(envelope.event, IssuanceDecided)
    assert (envelope.event.decision, envelope.event.clerk, envelope.event.approver) == ("refuse", "0042", None)
    assert awaited(change.state) is None
    assert change.state.timeline[-1].word == "issuance.decided"


def test_a_decision_that_needs_two_waits_for_the_second() -> None:
    change = review.decide(worked_on(), hand(CLERK), proposal())
    assert change.emit == ()
    assert review.pending(change.state) == proposal()
    assert awaited(change.state) is not None


def test_a_second_person_who_looked_confirms() -> None:
    with pytest.raises(NotNow) as error:
        review.confirm(proposed(), hand(APPROVER))
    assert refused(error) is Refusal.NOT_OPENED
    change = review.confirm(looked_at(proposed(), APPROVER), hand(APPROVER, 70))
    (envelope,) = change.emit
    assert isinstance(envelope.event, IssuanceDecided)
    assert (envelope.event.clerk, envelope.event.approver) == ("0042", "0007")
    assert envelope.event.choice == "sealed:v1:choice:AAAA"


def test_while_it_waits_for_a_second_person_only_such_a_one_may_take_it() -> None:
    with pytest.raises(NotNow) as error:
        review.claim(proposed(), hand(OTHER))
    assert refused(error) is Refusal.PROPOSED
    assert review.claim(proposed(), hand(APPROVER)).state.claim is not None


def test_the_proposer_is_not_the_second_person_whatever_their_roles() -> None:
    with pytest.raises(NotNow) as error:
        review.confirm(looked_at(proposed(), BOTH), hand(BOTH))
    assert refused(error) is Refusal.SAME_PERSON
    with pytest.raises(NotNow) as error:
        review.confirm(looked_at(proposed(), OTHER), hand(OTHER))
    assert refused(error) is Refusal.ROLE


def test_what_is_sent_back_is_as_before_the_proposal() -> None:
    case = review.send_back(looked_at(proposed(), APPROVER), hand(APPROVER)).state
    assert review.pending(case) is None
    assert awaited(case) is not None


def test_a_proposal_for_an_earlier_question_counts_no_more() -> None:
    case = learn(g.issuance_referred(65, 2), proposed())
    assert review.pending(case) is None
    with pytest.raises(NotNow) as error:
        review.confirm(looked_at(case, APPROVER), hand(APPROVER))
    assert refused(error) is Refusal.NOT_PROPOSED


def test_the_same_decision_has_the_same_event_id_whoever_repeats_it() -> None:
    refusal = proposal(Verdict.REFUSE, "not_the_person")
    ids = {review.decide(worked_on(), hand(CLERK, at), refusal).emit[0].id for at in (62, 63)}
    assert len(ids) == 1


def test_a_case_that_identity_referred_is_decided_towards_identity() -> None:
    case = worked_on(learn(g.identity_referred(), learn(g.submitted(), None)))
    asked = awaited(case)
    assert asked is not None
    said = proposal().model_copy(update={"referral": asked.id, "attributes": "sealed:v1:attributes:BBBB"})
    (envelope,) = review.decide(case, hand(CLERK), said).emit
    assert isinstance(envelope.event, IdentityDecided)
    assert envelope.event.attributes == "sealed:v1:attributes:BBBB"


def test_a_decision_carries_the_trace_of_the_act() -> None:
    traced = replace(hand(CLERK), trace=(("traceparent", g.TRACE["traceparent"]),))
    (envelope,) = review.decide(worked_on(), traced, proposal(Verdict.REFUSE, "no_answer")).emit
    assert envelope.trace == g.TRACE
