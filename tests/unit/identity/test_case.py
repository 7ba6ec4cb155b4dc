"""A case's steps: given a state, when something happens, then this is stored and published."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from identity.domain.case import Case, DecisionIncomplete, Stage, close_case, decide, judge, note, open_case
from identity.domain.challenge import in_time, shows_nonce
from identity.domain.verdict import FOR_A_CLERK, NotProven, Proven
from madoguchi.contracts import events as e
from madoguchi.contracts.envelope import Envelope, envelop
from madoguchi.contracts.vocabulary import AssuranceLevel, CertificateKind, IdentityReason, Outcome, ProofMethod
from madoguchi.policy.models import Proof
from unit.identity.desk import COMMON, submitted
from unit.identity.world import NONCE, NOW, TEXT

SEALED = "sealed:v1:attributes:AAAA"
PROOF = Proof(
    method=ProofMethod.JPKI_SIGNATURE, **{"from": date(2016, 1, 1)}, assurance=AssuranceLevel.IAL3, rule="省令"
)
R = IdentityReason
CLOSED = e.RequestClosed(**COMMON, outcome=Outcome.CANCELLED, closed_at=NOW)
SUBMITTED = submitted().event
OPEN = Case(municipality="990019")
WITH_CLERK = OPEN.model_copy(
    update={"stage": Stage.WITH_CLERK, "method": PROOF.method, "assurance_level": PROOF.assurance, "rule": PROOF.rule}
)


def evidence(challenge: str = "chl_1") -> Envelope[e.EvidenceSubmitted]:
    event = e.EvidenceSubmitted(
        **COMMON,
        certificate=CertificateKind.RESIDENCE_CERTIFICATE,
        method=ProofMethod.JPKI_SIGNATURE,
        challenge_id=challenge,
        nonce=NONCE,
        challenge_expires_at=NOW + timedelta(minutes=30),
        evidence="sealed:v1:evidence:AAAA",
        submitted_at=NOW,
    )
    return envelop(event, time=NOW, key=challenge, trace={"traceparent": "00-1"})


def decision(verdict: str, attributes: str | None = None) -> Envelope[e.IdentityDecided]:
    event = e.IdentityDecided.model_validate(
        {**COMMON, "decision": verdict, "clerk": "s-17", "decided_at": NOW, "attributes": attributes}
    )
    return envelop(event, time=NOW, key="d1")


def judged(verdict: Proven | NotProven, state: Case | None = OPEN, attempts: int = 3, challenge: str = "chl_1") -> Any:
    return judge(evidence(challenge), verdict, state, attempts=attempts, now=NOW)


def test_given_an_open_case_when_proven_then_verified_under_its_rule() -> None:
    change = judged(Proven(SEALED, PROOF))
    assert change.state.stage is Stage.VERIFIED
    (said,) = change.emit
    assert said.event == e.IdentityVerified(
        **COMMON,
        method=ProofMethod.JPKI_SIGNATURE,
        assurance_level=AssuranceLevel.IAL3,
        rule="省令",
        attributes=SEALED,
        verified_at=NOW,
    )
    assert said.trace == {"traceparent": "00-1"}


@pytest.mark.parametrize("reason", sorted(set(R) - FOR_A_CLERK))
def test_given_an_open_case_when_it_falls_short_then_rejected_with_the_reason(reason: IdentityReason) -> None:
    change = judged(NotProven(reason, PROOF))
    (said,) = change.emit
    assert (said.event.reason, said.event.final) == (reason, False)
    assert change.state.stage is Stage.OPEN
    assert change.state.attempts == (0 if reason is R.CHALLENGE_EXPIRED else 1)


@pytest.mark.parametrize("reason", sorted(FOR_A_CLERK))
def test_given_an_open_case_when_the_town_lacks_something_then_referred(reason: IdentityReason) -> None:
    change = judged(NotProven(reason, PROOF, SEALED))
    (said,) = change.emit
    assert isinstance(said.event, e.IdentityReferred)
    assert (said.event.reason, said.event.attributes) == (reason, SEALED)
    assert change.state == WITH_CLERK


def test_given_two_failed_attempts_when_the_third_fails_then_it_is_final() -> None:
    state = OPEN.model_copy(update={"attempts": 2})
    change = judged(NotProven(R.TEXT_ALTERED, PROOF), state)
    assert change.emit[0].event.final
    assert change.state.stage is Stage.REJECTED


def test_given_a_slow_resident_when_challenges_expire_then_none_of_it_counts() -> None:
    state = OPEN.model_copy(update={"attempts": 2})
    change = judged(NotProven(R.CHALLENGE_EXPIRED), state)
    assert not change.emit[0].event.final
    assert change.state == state


def test_given_no_case_yet_when_evidence_comes_first_then_it_is_judged_all_the_same() -> None:
    assert judged(Proven(SEALED, PROOF), None).state.stage is Stage.VERIFIED


@pytest.mark.parametrize("stage", sorted(set(Stage) - {Stage.OPEN}))
def test_given_any_other_stage_when_evidence_comes_then_nothing_is_said(stage: Stage) -> None:
    state = OPEN.model_copy(update={"stage": stage})
    for verdict in (Proven(SEALED, PROOF), NotProven(R.MALFORMED, PROOF), NotProven(R.REVOCATION_UNKNOWN, PROOF)):
        change = judged(verdict, state)
        assert (change.state, change.emit) == (state, ())


def test_two_rejections_are_two_events_and_one_repeated_is_one() -> None:
    ids = [judged(NotProven(R.MALFORMED), challenge=c).emit[0].id for c in ("chl_1", "chl_2", "chl_1")]
    assert ids[0] == ids[2] != ids[1]


def test_given_a_referred_case_when_the_clerk_approves_then_verified_with_what_they_confirmed() -> None:
    change = decide(decision("approve", SEALED), WITH_CLERK, now=NOW)
    (said,) = change.emit
    assert isinstance(said.event, e.IdentityVerified)
    assert (said.event.attributes, said.event.rule, said.event.assurance_level) == (SEALED, "省令", AssuranceLevel.IAL3)
    assert change.state.stage is Stage.VERIFIED


def test_given_a_referred_case_when_the_clerk_refuses_then_rejected_for_good() -> None:
    change = decide(decision("refuse"), WITH_CLERK, now=NOW)
    (said,) = change.emit
    assert isinstance(said.event, e.IdentityRejected)
    assert (said.event.reason, said.event.final) == (R.REFUSED_BY_CLERK, True)
    assert change.state.stage is Stage.REJECTED


def test_an_approval_that_names_nobody_is_not_taken() -> None:
    with pytest.raises(DecisionIncomplete):
        decide(decision("approve"), WITH_CLERK, now=NOW)


@pytest.mark.parametrize("state", [None, OPEN, OPEN.model_copy(update={"stage": Stage.CLOSED})])
def test_given_a_case_that_was_not_referred_when_a_clerk_decides_then_nothing_changes(state: Case | None) -> None:
    change = decide(decision("approve", SEALED), state, now=NOW)
    assert (change.state, change.emit) == (state or OPEN, ())


def test_given_a_closed_request_then_nothing_opens_it_again() -> None:
    closed = close_case(CLOSED, None).state
    assert closed.stage is Stage.CLOSED
    assert open_case(SUBMITTED, closed).state == closed
    assert close_case(CLOSED, WITH_CLERK).state.stage is Stage.CLOSED


def test_noting_an_event_changes_nothing() -> None:
    change = note(WITH_CLERK)
    assert change is not None
    assert (change.state, change.emit) == (WITH_CLERK, ())
    assert note(None) is None


def test_the_hand_in_must_be_in_time_and_the_nonce_in_the_text() -> None:
    end = datetime(2026, 11, 24, tzinfo=UTC)
    assert in_time(end, end)
    assert not in_time(end + timedelta(microseconds=1), end)
    assert shows_nonce(TEXT, NONCE)
    assert not shows_nonce(TEXT, NONCE[::-1])
    assert not shows_nonce(TEXT, "")
    assert not shows_nonce(TEXT, NONCE[:8])
