"""What operators watch of requests: where they stand, the promise, what is unaccounted for. Nothing personal."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from madoguchi.policy.models import Municipality
from madoguchi.store.aggregates import instant
from request_intake.adapters.tally import RequestGauges
from request_intake.domain import closing, facts, fee, issuance, proof, sweeping, watching
from request_intake.domain.state import RequestState
from request_intake.domain.step import expect
from unit.request_intake.given import (
    LATER,
    NOW,
    accept,
    eligible_event,
    eligible_state,
    handed_in,
    hear_all,
    identity_referred_event,
    issued_event,
    notice_sent_event,
    rejected_event,
    then,
    verified_event,
)
from unit.request_intake.world import TOWN, Intake

OF = {"municipality": TOWN, "certificate": "residence_certificate"}


def key(stage: str) -> str:
    return f"{TOWN}/residence_certificate/{stage}"


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def paid(state: RequestState) -> RequestState:
    return then(fee.paid(state, state.fee.amount, LATER, LATER))


def issued(state: RequestState) -> RequestState:
    return then(issuance.issued(state, issued_event()))


@pytest.mark.parametrize(
    ("come_to", "stage", "promised"),
    [
        (lambda s: s, "proof_needed", False),
        (handed_in, "checking", True),
        (lambda s: then(proof.referred(handed_in(s), identity_referred_event())), "with_clerk", True),
        (eligible_state, "fee_due", False),
        (lambda s: paid(eligible_state(s)), "issuing", True),
    ],
)
def test_while_it_waits_a_request_is_found_by_its_stage(
    fresh: RequestState, come_to: Callable[[RequestState], RequestState], stage: str, promised: bool
) -> None:
    fields = watching.fields(come_to(fresh))
    assert fields["stage"] == key(stage)
    assert ("promised_by" in fields) is promised


def test_over_and_told_it_is_in_no_index(fresh: RequestState) -> None:
    over = issued(paid(eligible_state(fresh)))
    told = over.model_copy(
        update={"notices": {k: n.model_copy(update={"report": "sent"}) for k, n in over.notices.items()}}
    )
    assert watching.fields(told) == {}


def test_a_refund_that_is_owed_is_found_after_the_end(fresh: RequestState) -> None:
    closed = then(closing.cancel(paid(eligible_state(fresh)), LATER))
    assert facts.refund_owed(closed)
    assert watching.fields(closed)["stage"] == key("refund_owed")


def test_what_a_service_owes_is_unaccounted_for_after_a_while(fresh: RequestState) -> None:
    waits_for_identity = handed_in(fresh)
    at = waits_for_identity.progress_at
    assert watching.fields(waits_for_identity)["unaccounted_at"] == instant(at + watching.DECISION_WITHIN)
    assert "unaccounted_at" not in watching.fields(fresh), "it is the resident's turn"
    with_clerk = then(proof.referred(waits_for_identity, identity_referred_event()))
    assert "unaccounted_at" not in watching.fields(with_clerk), "it is the clerk's turn"


def test_a_notice_that_nobody_reported_is_unaccounted_for_after_a_day(fresh: RequestState) -> None:
    over = expect(issued(paid(eligible_state(fresh))), issued_event())
    assert watching.fields(over) == {"unaccounted_at": instant(over.progress_at + watching.NOTICE_WITHIN)}


def test_news_of_a_request(fresh: RequestState) -> None:
    assert watching.news(None, fresh) == watching.News(accepted=True)
    ready = paid(eligible_state(fresh))
    over = issued(ready)
    assert watching.news(ready, over) == watching.News(ended="ready", promise_kept=True)
    told = then(sweeping.reported(expect(over, issued_event()), notice_sent_event(issued_event())))
    assert watching.news(over, told) == watching.News(told="ready")
    assert watching.news(told, told) == watching.News()


def test_a_promise_is_broken_once_and_the_late_answer_counts_no_more(fresh: RequestState) -> None:
    ready = paid(eligible_state(fresh))
    late = then(sweeping.late(ready, facts.promised_at(ready) + timedelta(seconds=1)))
    assert watching.news(ready, late) == watching.News(promise_kept=False)
    assert watching.news(late, issued(late)) == watching.News(ended="ready")


def test_what_its_resident_takes_back_says_nothing_about_the_promise(fresh: RequestState) -> None:
    assert watching.news(fresh, then(closing.cancel(fresh, LATER))) == watching.News(ended="cancelled")


def test_a_final_rejection_is_an_answer(fresh: RequestState) -> None:
    waits = handed_in(fresh)
    refused = then(proof.rejected(waits, rejected_event("1", final=True)))
    assert watching.news(waits, refused) == watching.News(ended="refused", promise_kept=True)


async def test_what_is_saved_is_counted_once_whatever_is_repeated(intake: Intake) -> None:
    accepted = value("madoguchi_requests_accepted_total", **OF, channel="api")
    ended = value("madoguchi_requests_ended_total", **OF, outcome="refused")
    request_id = await accept(intake.deps)
    final = rejected_event("1", final=True)
    await hear_all(intake.deps, request_id, final, final)
    assert value("madoguchi_requests_accepted_total", **OF, channel="api") == accepted + 1
    assert value("madoguchi_requests_ended_total", **OF, outcome="refused") == ended + 1


async def test_the_time_until_the_answer_was_told_is_measured(intake: Intake) -> None:
    name, labels = "madoguchi_request_to_notice_seconds", {**OF, "outcome": "refused"}
    count, seconds = value(f"{name}_count", **labels), value(f"{name}_sum", **labels)
    request_id = await accept(intake.deps)
    await hear_all(intake.deps, request_id, rejected_event("1", final=True))
    state = await intake.state(request_id)
    assert state.notices
    intake.clock.pass_(minutes=2)
    await intake.tell_notices(request_id)
    kinds = {notice.kind.value for notice in state.notices.values()}
    assert value(f"{name}_count", **labels) == count + ("refused" in kinds)
    assert value(f"{name}_sum", **labels) == seconds + 120 * ("refused" in kinds)


async def test_an_event_of_no_request_of_ours_is_counted(intake: Intake) -> None:
    before = value("madoguchi_events_of_unknown_requests_total")
    await hear_all(intake.deps, "req_01jd00000000000000000000zz", verified_event())
    assert value("madoguchi_events_of_unknown_requests_total") == before + 1


async def test_gauges_say_what_waits_where(intake: Intake, town: Municipality) -> None:
    gauges = RequestGauges(intake.deps.requests, {TOWN: town}, intake.clock)
    await accept(intake.deps)
    waiting = await accept(intake.deps)
    await hear_all(intake.deps, waiting, replace(identity_referred_event()))
    intake.clock.pass_(hours=20)
    await gauges.refresh()
    assert value("madoguchi_requests", **OF, state="proof_needed") == 1
    assert value("madoguchi_requests", **OF, state="with_clerk") == 1
    assert value("madoguchi_requests_at_risk", **OF, state="with_clerk") == 1
    assert value("madoguchi_oldest_waiting_seconds", **OF, state="with_clerk") == 20 * 3600
    assert value("madoguchi_requests_unaccounted") == 0
    intake.clock.pass_(hours=10)
    await gauges.refresh()
    assert value("madoguchi_requests_unaccounted") == 2, "nobody reported the first notices"


async def test_gauges_say_what_is_to_be_paid(intake: Intake, town: Municipality) -> None:
    request_id = await accept(intake.deps)
    await hear_all(intake.deps, request_id, verified_event(NOW), eligible_event(NOW))
    await RequestGauges(intake.deps.requests, {TOWN: town}, intake.clock).refresh()
    assert value("madoguchi_payments_pending", municipality=TOWN, kind="fee") == 1
    assert value("madoguchi_payments_pending", municipality=TOWN, kind="refund") == 0
