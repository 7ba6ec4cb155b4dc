"""Given a case, when a fact arrives, then … — in every order."""

from datetime import timedelta
from itertools import permutations

import pytest

from issuance.domain import facts, ledger, outcomes
from issuance.domain.case import Asked, Case, Issuing, Standing, Step, due_at, next_step
from madoguchi.contracts import events as e
from madoguchi.contracts.vocabulary import CertificateKind, Outcome, RefusalReason
from madoguchi.store.aggregates import Change, Decide
from unit.issuance.world import CODE, MOMENT, REQUEST, kinds

SEALED = "sealed:v1:attributes:abc"
NUMBER = "990019-20261124-0000000000"
ASKED = Asked(certificate=CertificateKind.RESIDENCE_CERTIFICATE, options=e.CertificateOptions())
NEW = Case(request_id=REQUEST, municipality=CODE)
READY = NEW.model_copy(update={"asked": ASKED, "attributes": SEALED})
ELIGIBLE = READY.model_copy(update={"standing": Standing.ELIGIBLE})
ISSUING = Issuing(number=NUMBER, at=MOMENT)
PAID = ELIGIBLE.model_copy(update={"settled": True})
ISSUED = PAID.model_copy(update={"standing": Standing.ISSUED, "issuing": ISSUING})
REFERRED = READY.model_copy(update={"standing": Standing.REFERRED, "referrals": 1})


def after(case: Case | None, decide: Decide[Case]) -> Change[Case]:
    change = decide(case)
    assert change is not None
    return change


def settled() -> Decide[Case]:
    event = e.FeeSettled(request_id=REQUEST, municipality=CODE, payment_id="p", amount=300, settled_at=MOMENT)
    return facts.settled(event, MOMENT)


def closed() -> Decide[Case]:
    outcome = Outcome.CANCELLED
    event = e.RequestClosed(request_id=REQUEST, municipality=CODE, outcome=outcome, closed_at=MOMENT)
    return facts.closed(event, MOMENT)


def decided(decision: str, choice: str | None = "sealed:v1:choice:abc") -> Decide[Case]:
    event = e.IssuanceDecided.model_validate(
        {
            "request_id": REQUEST,
            "municipality": CODE,
            "decision": decision,
            "clerk": "17",
            "decided_at": MOMENT,
            "choice": choice,
        }
    )
    return facts.decided(event, MOMENT)


@pytest.mark.parametrize("order", [*permutations(range(3))])
def test_facts_join_in_any_order(order: tuple[int, ...]) -> None:
    learned = ({"asked": ASKED}, {"attributes": SEALED}, {"settled": True})
    case = NEW
    for place, which in enumerate(order):
        case = case.model_copy(update=learned[which])
        known = {*order[: place + 1]}
        assert next_step(case) == (Step.ASSESS if {0, 1} <= known else None)
    assert case == PAID.model_copy(update={"standing": Standing.OPEN})


@pytest.mark.parametrize(
    ("case", "step"),
    [
        (NEW, None),
        (READY, Step.ASSESS),
        (ELIGIBLE, None),
        (PAID, Step.ISSUE),
        (ISSUED, None),
        (REFERRED.model_copy(update={"settled": True}), None),
        (PAID.model_copy(update={"closed": True}), None),
        (PAID.model_copy(update={"closed": True, "issuing": ISSUING}), Step.WITHDRAW),
        (ISSUED.model_copy(update={"closed": True}), Step.WITHDRAW),
        (ISSUED.model_copy(update={"recalled": True}), Step.WITHDRAW),
        (ISSUED.model_copy(update={"closed": True, "standing": Standing.REVOKED}), None),
        (PAID.model_copy(update={"forgotten": True}), None),
    ],
)
def test_what_is_next(case: Case, step: Step | None) -> None:
    assert next_step(case) is step
    assert (due_at(case, MOMENT) is None) == (step is None)


def test_given_nothing_when_the_fee_settles_first_then_it_is_remembered() -> None:
    change = after(None, settled())
    assert change.state.settled
    assert change.due_at is None


def test_given_attributes_when_another_verdict_arrives_then_the_first_counts() -> None:
    event = e.IdentityVerified.model_validate(
        {
            "request_id": REQUEST,
            "municipality": CODE,
            "method": "jpki_signature",
            "assurance_level": "ial3",
            "rule": "r",
            "attributes": "sealed:v1:attributes:other",
            "verified_at": MOMENT,
        }
    )
    assert after(READY, facts.verified(event, MOMENT)).state.attributes == SEALED


def test_given_a_referred_case_when_a_clerk_approves_then_it_is_looked_at_again() -> None:
    change = after(REFERRED, decided("approve"))
    assert change.state.choice
    assert next_step(change.state) is Step.ASSESS


def test_given_a_referred_case_when_a_clerk_refuses_then_refused() -> None:
    change = after(REFERRED, decided("refuse", None))
    (event,) = change.emit
    assert isinstance(event.event, e.IssuanceRefused)
    assert event.event.reason is RefusalReason.REFUSED_BY_CLERK


def test_given_an_approval_without_a_choice_then_it_is_not_taken() -> None:
    with pytest.raises(facts.DecisionIncomplete):
        decided("approve", None)


@pytest.mark.parametrize("case", [READY, ELIGIBLE, PAID, REFERRED.model_copy(update={"closed": True})])
@pytest.mark.parametrize("decision", ["approve", "refuse"])
def test_given_a_case_that_is_not_with_a_clerk_when_one_decides_then_nothing_changes(case: Case, decision: str) -> None:
    change = after(case, decided(decision))
    assert change.state == case
    assert not change.emit


def test_given_an_issued_case_when_a_clerk_approves_late_then_nothing_changes() -> None:
    assert after(ISSUED, decided("approve")).state == ISSUED


def test_given_an_issued_case_when_a_clerk_refuses_then_it_is_withdrawn() -> None:
    assert next_step(after(ISSUED, decided("refuse", None)).state) is Step.WITHDRAW


def test_given_a_second_referral_then_its_event_is_another_one() -> None:
    first = after(READY, outcomes.referred("sealed:v1:review:a", MOMENT))
    again = after(first.state, decided("approve")).state
    second = after(again, outcomes.referred("sealed:v1:review:b", MOMENT))
    assert first.emit[0].id != second.emit[0].id


def test_given_an_assessment_when_the_request_closed_meanwhile_then_nobody_is_told() -> None:
    shut = READY.model_copy(update={"closed": True})
    for decide in (
        outcomes.eligible(MOMENT),
        outcomes.referred("sealed:v1:review:a", MOMENT),
        outcomes.refused(RefusalReason.NOT_ENTITLED, MOMENT),
        outcomes.begun(ISSUING, MOMENT),
        outcomes.issued("00", 1, timedelta(days=7)),
    ):
        assert decide(shut) is None


def test_the_number_once_fixed_stays() -> None:
    begun = after(PAID, outcomes.begun(ISSUING, MOMENT)).state
    later = Issuing(number="990019-20261125-1111111111", at=MOMENT + timedelta(days=1))
    assert after(begun, outcomes.begun(later, MOMENT)).state.issuing == ISSUING


def test_a_withdrawal_is_told_to_those_who_heard_of_the_certificate_only() -> None:
    heard = after(ISSUED.model_copy(update={"closed": True}), outcomes.withdrawn(MOMENT))
    assert kinds(envelope.event for envelope in heard.emit) == ["CertificateRevoked"]
    unheard = after(PAID.model_copy(update={"closed": True, "issuing": ISSUING}), outcomes.withdrawn(MOMENT))
    assert unheard.emit == ()


def test_vain_tries_come_ever_less_often_but_never_stop() -> None:
    waits = []
    case = PAID
    for _ in range(40):
        change = after(case, outcomes.tried(MOMENT))
        assert change.due_at is not None
        waits.append(change.due_at - MOMENT)
        case = change.state
    assert waits == sorted(waits)
    assert waits[-1] <= timedelta(minutes=15)


ENTRY = ledger.LedgerEntry(
    number=NUMBER,
    request_id=REQUEST,
    municipality=CODE,
    certificate=CertificateKind.RESIDENCE_CERTIFICATE,
    sha256="00",
    sheets=1,
    issued_at=MOMENT,
)


def test_the_ledger_is_written_once() -> None:
    assert ledger.enter(ENTRY)(None) == Change(ENTRY)
    assert ledger.enter(ENTRY.model_copy(update={"sha256": "11"}))(ENTRY) is None


@pytest.mark.parametrize(("successor", "status"), [(None, "revoked"), ("990019-20261125-1111111111", "superseded")])
def test_an_entry_ends_once(successor: str | None, status: str) -> None:
    change = ledger.end(MOMENT, successor)(ENTRY)
    assert change is not None
    assert change.state.status == status
    assert change.state.superseded_by == successor
    assert ledger.end(MOMENT)(change.state) is None
    assert ledger.end(MOMENT)(None) is None
