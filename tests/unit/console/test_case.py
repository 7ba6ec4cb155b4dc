"""What a case awaits, told from all events together, in whatever order they came."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.case import Case, Question, awaited, learn, over
from console.domain.happening import FACTS, happening, word_of
from console.domain.urgency import Urgency, urgency
from console.http.site import LANGUAGES, PACKAGE
from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.flow import CONSOLE, FLOW
from madoguchi.contracts.vocabulary import IdentityReason
from madoguchi.text.catalogue import Catalogue
from unit.console import given as g
from unit.shared.any_event import ENVELOPES


def told(*envelopes: Envelope[Any]) -> Case:
    """The case after these."""
    case = None
    for envelope in envelopes:
        case = learn(envelope, case)
    assert case is not None
    return case


def test_the_order_in_which_events_come_makes_no_difference() -> None:
    events = (g.submitted(), g.identity_referred(), g.verified(), g.issuance_referred(), g.notice_sent())
    cases = {told(*order).model_dump_json() for order in permutations(events)}
    assert len(cases) == 1


@given(st.lists(ENVELOPES, min_size=1, max_size=4))
def test_a_repeat_changes_nothing_whatever_it_is(envelopes: list[Envelope[Any]]) -> None:
    case = told(*envelopes)
    assert told(*envelopes, *reversed(envelopes)) == case


def test_a_case_that_identity_referred_awaits_the_question_who_it_is() -> None:
    asked = awaited(told(g.submitted(), g.identity_referred()))
    assert asked is not None
    assert (asked.question, asked.reason) == (Question.IDENTITY, IdentityReason.REVOCATION_UNKNOWN)
    assert asked.at == g.at(3)


def test_once_identity_is_verified_nobody_asks_who_it_is() -> None:
    assert awaited(told(g.submitted(), g.identity_referred(), g.verified())) is None


def test_a_case_that_issuance_referred_awaits_a_choice_and_keeps_the_sealed_note() -> None:
    asked = awaited(told(g.submitted(), g.verified(), g.issuance_referred()))
    assert asked is not None
    assert (asked.question, asked.sealed) == (Question.ISSUANCE, "sealed:v1:review:AAAA")


@pytest.mark.parametrize("later", [g.eligible(), g.issued(), g.rejected(final=True)], ids=lambda later: later.type)
def test_what_the_services_did_after_asking_is_an_answer(later: Envelope[Any]) -> None:
    assert awaited(told(g.submitted(), g.issuance_referred(), later)) is None


def test_a_case_referred_while_its_certificate_was_made_waits_although_it_was_found_eligible_before() -> None:
    asked = awaited(told(g.submitted(), g.eligible(5), g.issuance_referred(6)))
    assert asked is not None


def test_of_two_referrals_the_later_one_counts() -> None:
    asked = awaited(told(g.issuance_referred(6), g.issuance_referred(9, 2)))
    assert asked is not None
    assert asked.at == g.at(9)


def test_a_rejection_that_is_not_final_is_no_end() -> None:
    assert not over(told(g.submitted(), g.rejected(final=False)))
    assert over(told(g.submitted(), g.rejected(final=True)))


def test_the_timeline_is_in_order_and_keeps_codes_and_the_trace() -> None:
    case = told(g.issued(), g.notice_sent(), g.submitted())
    assert [one.word for one in case.timeline] == ["request.submitted", "notice.sent", "certificate.issued"]
    sent = case.timeline[1]
    assert sent.facts == {"kind": "accepted", "channels": "line email", "status": "sent"}
    assert (sent.source, sent.trace_id) == ("notify", "ab" * 16)
    assert case.certificate_number == g.NUMBER


@given(ENVELOPES)
def test_nothing_sealed_is_in_a_timeline(envelope: Envelope[Any]) -> None:
    assert "sealed:" not in happening(envelope).model_dump_json()


def test_every_event_that_is_read_has_its_facts_and_its_words() -> None:
    texts = Catalogue.of_package(PACKAGE, LANGUAGES).keys()
    for row in FLOW:
        assert row.event in FACTS
        assert set(FACTS[row.event]) <= set(row.event.model_fields)
        assert f"happened.{word_of(row.event.TYPE)}" in texts
        for fact in FACTS[row.event]:
            assert f"fact.{fact}" in texts
    for producer in (row.producer for row in FLOW):
        assert producer == CONSOLE or f"actor.{producer}" in texts


@pytest.mark.parametrize(
    ("minutes_left", "expected"),
    [(-1, Urgency.OVERDUE), (0, Urgency.OVERDUE), (1440, Urgency.TODAY), (1441, Urgency.SOON), (4321, Urgency.CALM)],
)
def test_urgency_is_the_time_that_is_left(minutes_left: float, expected: Urgency) -> None:
    assert urgency(g.at(minutes_left), g.at(0)) is expected


def test_without_a_deadline_the_urgency_is_not_known() -> None:
    assert urgency(None, g.at(0)) is Urgency.UNKNOWN
