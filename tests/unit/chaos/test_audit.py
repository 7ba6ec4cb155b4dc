"""Each defect alone makes its own figure, and no other."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from chaos.audit import audit
from chaos.notices import END_TOLD
from chaos.plaintext_scan import Place
from chaos.public import Page
from chaos.threads import ENDS
from request_intake.domain.status import StatusCode
from unit.chaos.given import ISSUED, Json, Run, chain, clean, moment, request_id, status_url

ORDER = [
    "rung", "threads", "lost", "duplicate_certificates", "duplicate_notices_by_channel", "double_charges", "unrefunded",
    "stuck", "missing_access_records", "plaintext_hits", "kills", "broker_restarts", "store_restarts",
    "recovery_seconds_p50_p95_max", "seed",
]  # fmt: skip


def test_of_a_run_in_which_all_went_well_every_figure_is_0() -> None:
    report = audit(clean().evidence(), seed=7, about={"date": "2026-11-25"})
    told = report.as_json()
    assert report.bad == []
    assert list(told)[: len(ORDER)] == ORDER
    assert {name: told[name] for name in ORDER} == {
        "rung": "embedded", "threads": 4, "lost": 0, "duplicate_certificates": 0,
        "duplicate_notices_by_channel": {"line": 0, "email": 0}, "double_charges": 0, "unrefunded": 0, "stuck": 0,
        "missing_access_records": 0, "plaintext_hits": 0, "kills": 1, "broker_restarts": 0, "store_restarts": 0,
        "recovery_seconds_p50_p95_max": [3.0, 3.0, 3.0], "seed": 7,
    }  # fmt: skip
    assert told["threads_by_story"] == {
        "api/clerk_refuses/refused": 1, "api/plain/ready": 1, "chat/cancels/cancelled": 1, "chat/plain/ready": 1,
    }  # fmt: skip
    assert (told["repeated_mails"], told["requests"], told["evidence"]) == (0, 4, {})
    assert (told["faults_by_kind"], told["date"]) == ({"kill": 1}, "2026-11-25")


def unknown(run: Run, number: int, code: int) -> None:
    run.pages[request_id(number)] = Page(code)


def forgotten_after_the_answer(run: Run) -> None:
    run.begins(5, "api", "plain", email=False)
    run.accepted(5)
    unknown(run, 5, 404)


def never_heard_of(run: Run) -> None:
    run.begins(5, "chat", "plain", email=False)
    run.says(5, "gave_up", name="accepted", began=moment(20), at=60)


def told_and_forgotten(run: Run) -> None:
    run.mailed(5, "accepted")
    unknown(run, 5, 410)


def left_lying(run: Run) -> None:
    run.begins(5, "api", "plain", email=False)
    run.accepted(5)
    run.stands(5, "issuing", [], notices=0)


def waited_in_vain(run: Run) -> None:
    run.says(4, "gave_up", name="refused", began=moment(20), at=60)


def agreed_to_nothing(run: Run) -> None:
    run.begins(5, "api", "plain", email=False)


def entered_twice(run: Run) -> None:
    run.entered(1)


def fetched_something_else(run: Run) -> None:
    run.says(2, "downloaded", sha256="0" * 64)
    run.stands(2, "ready", [*ISSUED, ("resident", "deliver_certificate")], notices=4)


def charged_twice(run: Run) -> None:
    run.booked(1, "charge")


def kept_the_money(run: Run) -> None:
    run.books = [line for line in run.books if line["kind"] != "refund"]


def ready_without_entry(run: Run) -> None:
    run.ledger[0]["state"]["status"] = "revoked"


def asked_once_made_twice(run: Run) -> None:
    for kind in ("accepted", "closed"):
        run.pushed(3, kind, "again")
        run.line[-1]["messages"] = _about(run.line[-1]["messages"], 3, 6)
    run.stands(6, "cancelled", [], notices=2)


def _about(messages: list[Json], one: int, other: int) -> list[Json]:
    """The same messages about another request."""
    about: list[Json] = json.loads(json.dumps(messages).replace(request_id(one), request_id(other)))
    return about


def paid_back_and_ready(run: Run) -> None:
    run.booked(1, "refund")
    run.pushed(1, "refunded")
    run.mailed(1, "refunded")
    run.stands(1, "ready", [*ISSUED, ("resident", "deliver_certificate")], notices=7)


def no_answer(run: Run) -> None:
    run.pages[request_id(2)] = Page(503)


def in_a_log(run: Run) -> None:
    run.plaintext = (Place("logs/notify.log", "email", "utf-8"),)


@pytest.mark.parametrize(
    ("figure", "defect"),
    [
        ("lost", forgotten_after_the_answer),
        ("lost", never_heard_of),
        ("lost", told_and_forgotten),
        ("stuck", left_lying),
        ("stuck", waited_in_vain),
        ("stuck", agreed_to_nothing),
        ("duplicate_certificates", entered_twice),
        ("double_charges", charged_twice),
        ("unrefunded", kept_the_money),
        ("missing_certificates", ready_without_entry),
        ("duplicate_requests", asked_once_made_twice),
        ("wrongly_refunded", paid_back_and_ready),
        ("unanswered", no_answer),
        ("plaintext_hits", in_a_log),
    ],
)
def test_a_single_defect_makes_its_own_figure_only(figure: str, defect: Callable[[Run], None]) -> None:
    run = clean()
    defect(run)
    report = audit(run.evidence())
    assert report.bad == [figure]
    assert report.as_json()[figure] == 1
    assert len(report.as_json()["evidence"][figure]) == 1


def test_a_changed_download_is_neither_like_the_other_nor_in_the_ledger() -> None:
    run = clean()
    fetched_something_else(run)
    report = audit(run.evidence())
    assert report.bad == ["duplicate_certificates"]
    assert report.defects["duplicate_certificates"] == [request_id(2)] * 2


def test_a_refund_must_add_up_to_the_charge() -> None:
    run = clean()
    (refund,) = (line for line in run.books if line["kind"] == "refund")
    refund["amount"] = 299
    assert audit(run.evidence()).bad == ["unrefunded"]
    refund["amount"] = 301
    assert audit(run.evidence()).bad == ["wrongly_refunded"]


def test_a_request_with_an_end_is_not_stuck_though_others_are_unknown() -> None:
    """A thread whose request is lost is lost, and nothing else."""
    run = clean()
    run.says(2, "gave_up", name="ready", began=moment(20), at=60)
    run.pages[request_id(2)] = Page(404)
    assert audit(run.evidence()).bad == ["lost"]


def test_a_request_of_which_there_is_only_a_certificate_is_not_vouched_for() -> None:
    run = clean()
    run.entered(9)
    assert audit(run.evidence()).defects["unanswered"] == [request_id(9)]


def test_a_thread_without_an_agreement_is_not_counted_but_its_waiting_in_vain_is() -> None:
    run = clean()
    run.says(5, "begun", way="chat", town="990019", story="plain", user_id="U5", email=None, card="hanako-good")
    run.says(5, "gave_up", name="greeting", began=moment(20), at=60)
    report = audit(run.evidence())
    assert (report.bad, report.as_json()["threads"]) == (["stuck"], 4)


def test_evidence_is_ids_only() -> None:
    run = clean()
    run.pages = {}
    never_heard_of(run)
    report = audit(run.evidence())
    named = {name for ids in report.as_json()["evidence"].values() for name in ids}
    assert named == {"t000005", *(request_id(number) for number in (1, 2, 3, 4))}
    assert not any(secret in str(report.as_json()) for secret in ("@example.jp", f"U{1:032x}", status_url(1)))


def test_every_status_is_an_end_or_on_the_way() -> None:
    on_the_way = {"proof_needed", "checking", "with_clerk", "fee_due", "issuing"}
    assert {code.value for code in StatusCode} == ENDS | on_the_way
    assert END_TOLD.keys() == ENDS


@pytest.mark.parametrize(
    ("number", "actor", "missing"),
    [(1, "identity", 1), (1, "resident", 1), (1, "notify", 1), (2, "notify", 1), (4, "identity", 1), (3, "notify", 1)],
)
def test_a_look_that_is_not_on_record_is_missed(number: int, actor: str, missing: int) -> None:
    run = clean()
    run.without_look(number, actor)
    report = audit(run.evidence())
    assert report.bad == ["missing_access_records"]
    assert report.defects["missing_access_records"] == [request_id(number)] * missing


def test_a_certificate_without_its_looks_into_the_register() -> None:
    run = clean()
    run.pages[request_id(2)] = Page(200, "ready", chain([("notify", "send_notice")] * 4))
    assert audit(run.evidence()).defects["missing_access_records"] == [request_id(2)] * 4


def test_a_log_that_cannot_be_read_or_has_a_gap_counts_once() -> None:
    run = clean()
    page = run.pages[request_id(2)]
    looks = page.looks or ()
    run.pages[request_id(2)] = Page(200, "ready", None)
    assert audit(run.evidence()).defects["missing_access_records"] == [request_id(2)]
    extra = chain([(look.actor, look.purpose) for look in looks] + [("issuance", "match_register")] * 2)
    run.pages[request_id(2)] = replace(page, looks=extra[:-2] + extra[-1:])
    assert audit(run.evidence()).defects["missing_access_records"] == [request_id(2)]
    changed = (*looks[:2], replace(looks[2], previous="another"), *looks[3:])
    run.pages[request_id(2)] = replace(page, looks=changed)
    assert audit(run.evidence()).bad == ["missing_access_records"]
