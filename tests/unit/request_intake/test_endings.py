"""How requests end, and what time brings, given / when / then."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.vocabulary import OtherWay, Outcome
from madoguchi.policy.models import Municipality
from madoguchi.text.catalogue import Catalogue
from request_intake.domain import closing, facts, fee, issuance, proof, sweeping
from request_intake.domain.state import Checkout, RequestState, Why
from request_intake.domain.status import Action, StatusCode, status
from request_intake.domain.step import NotNow, change, due_at, expect
from unit.request_intake.given import (
    LATER,
    NOW,
    PACE,
    SOON,
    eligible_state,
    emitted,
    handed_in,
    identity_referred_event,
    issuance_referred_event,
    issued_event,
    notice_sent_event,
    rejected_event,
    revoked_event,
    submitted,
    then,
    verified_event,
)


def test_a_final_rejection_ends_it(fresh: RequestState) -> None:
    ended = then(proof.rejected(handed_in(fresh), rejected_event("1", final=True)))
    assert status(ended, LATER).code is StatusCode.REFUSED
    with pytest.raises(NotNow, match="already_ended"):
        closing.cancel(ended, LATER)


@pytest.mark.parametrize("refer", [issuance_referred_event, identity_referred_event])
def test_with_a_clerk_says_nothing_about_why(
    fresh: RequestState, refer: Callable[[], Envelope[Any]], catalogue: Catalogue
) -> None:
    state = handed_in(fresh)
    if refer is issuance_referred_event:
        state = then(issuance.referred(then(proof.verified(state, verified_event())), refer()))
    else:
        state = then(proof.referred(state, refer()))
    seen = status(state, LATER)
    assert seen.code is StatusCode.WITH_CLERK
    assert (seen.rejection, seen.refusal, seen.why) == (None, None, None)
    assert seen.next is None


def test_cancelling_twice_is_once_and_not_after_issue(fresh: RequestState) -> None:
    step = closing.cancel(fresh, LATER)
    assert emitted(step) == ["RequestClosed"]
    assert closing.cancel(then(step), LATER) is None
    issued = then(issuance.issued(eligible_state(fresh), issued_event()))
    with pytest.raises(NotNow, match="already_issued"):
        closing.cancel(issued, LATER)


def test_another_way_is_always_open(fresh: RequestState) -> None:
    for state in (fresh, handed_in(fresh), eligible_state(fresh)):
        step = closing.choose_other_way(state, OtherWay.POST, LATER)
        seen = status(then(step), LATER)
        assert (seen.code, seen.way) == (StatusCode.REDIRECTED, OtherWay.POST)


def test_revoking_consent_ends_an_open_request_and_brings_erasure_forward(fresh: RequestState) -> None:
    step = closing.revoke_consent(fresh, LATER)
    ended = then(step)
    assert ended.closed is not None
    assert (ended.closed.outcome, ended.closed.why) == (Outcome.CANCELLED, Why.CONSENT_REVOKED)
    assert closing.revoke_consent(ended, LATER) is None
    assert facts.erasable_at(ended) == LATER


def test_revoking_consent_after_issue_erases_as_soon_as_nothing_is_owed(fresh: RequestState) -> None:
    issued = then(issuance.issued(eligible_state(fresh), issued_event()))
    revoked = closing.revoke_consent(issued, LATER)
    assert emitted(revoked) == []
    assert facts.erasable_at(then(revoked)) == LATER


def test_it_expires_without_proof_and_without_payment(fresh: RequestState) -> None:
    week = fresh.terms.proof
    assert closing.expire(fresh, NOW + week - timedelta(seconds=1)) is None
    gone = then(closing.expire(fresh, NOW + week))
    assert (gone.closed and gone.closed.why) is Why.NO_PROOF
    unpaid = eligible_state(fresh)
    gone = then(closing.expire(unpaid, LATER + week))
    assert (gone.closed and gone.closed.why) is Why.NO_PAYMENT
    assert closing.expire(then(fee.paid(unpaid, 300, LATER, LATER)), LATER + week) is None


def test_time_does_not_run_out_while_a_clerk_has_it(fresh: RequestState) -> None:
    held = then(issuance.referred(eligible_state(fresh), issuance_referred_event(LATER + timedelta(minutes=1))))
    assert closing.expire(held, LATER + timedelta(days=60)) is None


def test_late_is_said_once_and_only_when_the_town_is_waited_for(fresh: RequestState) -> None:
    day = fresh.terms.promise
    assert sweeping.late(fresh, NOW + day) is None
    waiting = handed_in(fresh, SOON)
    assert sweeping.late(waiting, SOON + day - timedelta(seconds=1)) is None
    told = sweeping.late(waiting, SOON + day)
    assert emitted(told) == ["RequestLate"]
    assert sweeping.late(then(told), SOON + day) is None


def test_a_certificate_issued_after_closing_must_be_taken_back_before_it_is_settled(fresh: RequestState) -> None:
    closed = then(closing.cancel(fresh, NOW))
    crossed = then(issuance.issued(closed, issued_event()))
    assert status(crossed, LATER).code is StatusCode.CANCELLED
    assert not facts.settled(crossed)
    assert facts.settled(then(issuance.revoked(crossed, revoked_event())))


def test_a_certificate_that_was_revoked_is_not_shown_as_ready(fresh: RequestState) -> None:
    issued = then(issuance.issued(eligible_state(fresh), issued_event()))
    assert status(issued, LATER).next is Action.DOWNLOAD
    assert status(then(issuance.revoked(issued, revoked_event())), LATER).code is StatusCode.REVOKED


def test_settled_waits_for_every_notice_in_either_order(town: Municipality, catalogue: Catalogue) -> None:
    step = submitted(town, catalogue)
    saved = change(lambda _: step, now=NOW, pace=PACE)(None)
    assert saved is not None
    early = then(sweeping.reported(step.state, notice_sent_event(step.emit[0])))
    assert facts.missing_notices(saved.state)
    assert facts.missing_notices(expect(early, step.emit[0])) == ()
    state = saved.state
    for envelope in saved.emit:
        state = then(sweeping.reported(state, notice_sent_event(envelope)))
    assert facts.missing_notices(state) == ()
    assert sweeping.reported(state, notice_sent_event(saved.emit[0])) is None


def test_quiet_for_too_long_is_sent_again_with_growing_waits(fresh: RequestState) -> None:
    waiting = handed_in(fresh)
    assert sweeping.redrive(waiting, NOW + timedelta(seconds=19), PACE) is None
    once = then(sweeping.redrive(waiting, NOW + timedelta(seconds=20), PACE))
    assert due_at(once, PACE) == NOW + timedelta(seconds=60)
    assert sweeping.redrive(fresh, NOW + timedelta(days=1), PACE) is None


def test_when_all_is_settled_only_erasure_is_awaited(fresh: RequestState) -> None:
    ended = then(closing.cancel(fresh, LATER))
    assert due_at(ended, PACE) == LATER + fresh.terms.retention
    erased = then(sweeping.erased(ended, LATER + fresh.terms.retention))
    assert due_at(erased, PACE) is None
    assert erased.proof.challenges == ()


def test_an_open_payment_page_is_asked_about_for_two_days_after_the_end(fresh: RequestState) -> None:
    page = Checkout(id="co_1", url="https://pay.example/1", opened_at=LATER)
    state = then(fee.checkout_opened(eligible_state(fresh), page, LATER + timedelta(seconds=20)))
    ended = then(closing.cancel(state, LATER + timedelta(seconds=1)))
    assert due_at(ended, PACE) == LATER + timedelta(seconds=20)
    much_later = then(fee.put_off(ended, LATER + timedelta(days=2), timedelta(hours=1)))
    assert due_at(much_later, PACE) == LATER + timedelta(seconds=1) + fresh.terms.retention
