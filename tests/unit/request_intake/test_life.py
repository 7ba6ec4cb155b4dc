"""The life of a request until the certificate is issued, given / when / then."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from madoguchi.contracts import events as e
from madoguchi.contracts.vocabulary import Channel, IdentityReason, ProofMethod, Subjects
from madoguchi.policy.models import Municipality
from madoguchi.text.catalogue import Catalogue
from request_intake.domain import closing, facts, fee, issuance, proof
from request_intake.domain.challenge import Subject, new_challenge
from request_intake.domain.state import RequestState
from request_intake.domain.status import Action, StatusCode, status
from request_intake.domain.step import NotNow, Step
from request_intake.domain.submit import Accepted, Wish, objections, submit
from unit.request_intake.given import (
    LATER,
    NOW,
    REQUEST,
    SEALED,
    WISH,
    eligible_event,
    eligible_state,
    emitted,
    handed_in,
    identity_referred_event,
    priced,
    refused_event,
    rejected_event,
    submitted,
    then,
    verified_event,
)


def test_accepting_asks_for_proof_and_not_yet_for_money(town: Municipality, catalogue: Catalogue) -> None:
    step = submitted(town, catalogue)
    assert emitted(step) == ["RequestSubmitted", "ProofRequested"]
    assert status(step.state, NOW).code is StatusCode.PROOF_NEEDED


def test_a_town_that_charges_first_asks_for_both(town: Municipality, catalogue: Catalogue) -> None:
    step = submitted(priced(town, charge="before_review"), catalogue)
    assert emitted(step) == ["RequestSubmitted", "ProofRequested", "FeeDue"]
    assert Action.PAY in status(step.state, NOW).actions


@pytest.mark.parametrize("charge", ["before_review", "after_review"])
def test_without_a_fee_it_is_settled_at_once(town: Municipality, catalogue: Catalogue, charge: str) -> None:
    step = submitted(priced(town, fee=0, charge=charge), catalogue)
    assert emitted(step) == ["RequestSubmitted", "ProofRequested", "FeeSettled"]
    assert emitted(issuance.eligible(step.state, eligible_event(), NOW)) == []


def test_submitting_again_changes_nothing(town: Municipality, catalogue: Catalogue, fresh: RequestState) -> None:
    subject = Subject(REQUEST, WISH.certificate, WISH.options, WISH.language)
    challenge = new_challenge(subject, town, catalogue, NOW, lambda n: b"\2" * n)
    again = Accepted(WISH, REQUEST, Channel.API, "webchat", live=True, contact=SEALED, member=None, challenge=challenge)
    assert submit(fresh, again, town, NOW) is None


@pytest.mark.parametrize(
    ("wish", "member", "objection"),
    [
        (replace(WISH, options=e.CertificateOptions(subjects=Subjects.MEMBER)), False, ("member", "missing")),
        (WISH, True, ("member", "not_asked_for")),
        (replace(WISH, consent_version="1999-01"), False, ("consent.version", "not_current")),
    ],
)
def test_what_the_town_cannot_take_is_said(
    town: Municipality, wish: Wish, member: bool, objection: tuple[str, str]
) -> None:
    assert objections(town, WISH, NOW, member=False) == ()
    assert objection in objections(town, wish, NOW, member=member)


def test_no_lawful_online_proof_today_means_another_way(town: Municipality) -> None:
    before_the_card = NOW.replace(year=2015)
    assert ("certificate", "no_online_proof") in objections(town, WISH, before_the_card, member=False)


def test_evidence_goes_to_identity_once(fresh: RequestState) -> None:
    challenge = fresh.proof.challenges[-1]
    step = proof.submit_evidence(fresh, challenge.id, ProofMethod.JPKI_SIGNATURE, "sealed:v1:evidence:AAAA", NOW)
    assert emitted(step) == ["EvidenceSubmitted"]
    again = proof.submit_evidence(then(step), challenge.id, ProofMethod.JPKI_SIGNATURE, "sealed:v1:evidence:BBBB", NOW)
    assert again is None
    assert status(then(step), NOW).code is StatusCode.CHECKING


@pytest.mark.parametrize(
    ("challenge_id", "now", "code"),
    [("chl_unknown", NOW, "challenge_unknown"), (None, NOW + timedelta(minutes=30), "challenge_expired")],
)
def test_evidence_for_no_open_challenge_is_refused(
    fresh: RequestState, challenge_id: str | None, now: datetime, code: str
) -> None:
    named = challenge_id or fresh.proof.challenges[-1].id
    with pytest.raises(NotNow, match=code):
        proof.submit_evidence(fresh, named, ProofMethod.JPKI_SIGNATURE, "sealed:v1:evidence:AAAA", now)


def test_a_good_text_stays_and_an_old_one_is_replaced_silently(
    fresh: RequestState, town: Municipality, catalogue: Catalogue
) -> None:
    subject = Subject(REQUEST, WISH.certificate, WISH.options, WISH.language)
    other = new_challenge(subject, town, catalogue, LATER, lambda n: b"\2" * n)
    assert proof.new_challenge(fresh, other, NOW) is None
    renewed = proof.new_challenge(fresh, other, LATER)
    assert emitted(renewed) == []
    assert then(renewed).proof.challenges == (other,)


def test_after_a_rejection_there_is_a_new_text_and_the_resident_is_told(
    fresh: RequestState, town: Municipality, catalogue: Catalogue
) -> None:
    subject = Subject(REQUEST, WISH.certificate, WISH.options, WISH.language)
    other = new_challenge(subject, town, catalogue, LATER, lambda n: b"\2" * n)
    no = then(proof.rejected(handed_in(fresh), rejected_event("1")))
    seen = status(no, LATER)
    assert (seen.code, seen.rejection) == (StatusCode.PROOF_NEEDED, IdentityReason.SIGNATURE_INVALID)
    assert emitted(proof.new_challenge(no, other, LATER)) == ["ProofRequested"]


def test_no_text_to_sign_while_it_is_checked_or_with_a_clerk(fresh: RequestState) -> None:
    checking = handed_in(fresh)
    with pytest.raises(NotNow, match="already_checking"):
        proof.new_challenge(checking, fresh.proof.challenges[0], LATER)
    with pytest.raises(NotNow, match="with_clerk"):
        proof.new_challenge(then(proof.referred(checking, identity_referred_event())), fresh.proof.challenges[0], LATER)


def test_the_fee_is_due_when_eligible_and_booked_once(fresh: RequestState) -> None:
    known = then(proof.verified(handed_in(fresh), verified_event()))
    due = issuance.eligible(known, eligible_event(), LATER)
    assert emitted(due) == ["FeeDue"]
    assert status(then(due), LATER).code is StatusCode.FEE_DUE
    paid = fee.paid(then(due), 300, LATER, LATER)
    assert emitted(paid) == ["FeeSettled"]
    assert fee.paid(then(paid), 300, LATER, LATER) is None
    assert status(then(paid), LATER).code is StatusCode.ISSUING


def test_another_amount_is_not_booked_but_kept_for_a_person(fresh: RequestState) -> None:
    step = fee.paid(eligible_state(fresh), 299, LATER, LATER)
    assert emitted(step) == []
    assert then(step).fee.odd_amounts == (299,)
    assert then(step).fee.paid_at is None
    assert fee.paid(then(step), 299, LATER, LATER) is None


def test_money_for_a_request_that_is_over_goes_back(fresh: RequestState) -> None:
    over = then(closing.cancel(eligible_state(fresh), LATER))
    paid = fee.paid(over, 300, LATER, LATER)
    assert emitted(paid) == []
    assert facts.refund_owed(then(paid))
    given_back = fee.refunded(then(paid), LATER)
    assert emitted(given_back) == ["FeeRefunded"]
    assert fee.refunded(then(given_back), LATER) is None
    assert status(then(given_back), LATER).refund == "done"


@pytest.mark.parametrize("ending", [lambda s: issuance.refused(s, refused_event()), lambda s: closing.cancel(s, LATER)])
def test_a_paid_fee_is_owed_back_when_it_ends_without_certificate(
    fresh: RequestState, ending: Callable[[RequestState], Step]
) -> None:
    paid = then(fee.paid(eligible_state(fresh), 300, LATER, LATER))
    ended = ending(paid)
    assert facts.refund_owed(then(ended))
    assert status(then(ended), LATER).refund == "pending"
