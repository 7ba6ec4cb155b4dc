"""Notices: told twice, told again in a way that can be recognised, never told."""

import pytest

from chaos.audit import Report, audit
from chaos.journals import in_line, in_mail
from chaos.threads import lost
from madoguchi.contracts.vocabulary import Language, NoticeKind
from unit.chaos.given import Run, clean, moment, request_id


def audited(run: Run) -> Report:
    return audit(run.evidence())


def test_a_chat_notice_told_twice_is_a_duplicate_whatever_its_retry_key() -> None:
    for key in ("0", "another"):
        run = clean()
        run.pushed(1, "fee_due", key)
        run.stands(1, "ready", _looks(run, 1), notices=1)
        report = audited(run)
        assert report.bad == ["duplicate_notices_by_channel"]
        assert report.as_json()["duplicate_notices_by_channel"] == {"line": 1, "email": 0}
        assert report.as_json()["evidence"] == {"duplicate_notices_line": [request_id(1)]}


def test_a_mail_told_twice_is_a_duplicate_only_with_another_message_id() -> None:
    run = clean()
    run.mailed(1, "fee_due")
    assert (audited(run).bad, audited(run).as_json()["repeated_mails"]) == ([], 1)
    run.mailed(1, "fee_due", "another")
    run.stands(1, "ready", _looks(run, 1), notices=1)
    report = audited(run)
    assert report.bad == ["duplicate_notices_by_channel"]
    assert report.as_json()["duplicate_notices_by_channel"] == {"line": 0, "email": 1}
    assert report.as_json()["repeated_mails"] == 1


@pytest.mark.parametrize("kind", ["proof_needed", "proof_rejected"])
def test_what_belongs_to_a_try_comes_once_for_each_try(kind: str) -> None:
    """Request 1 had two: one rejected, one not. A third text to sign, or a third rejection, is one too many."""
    run = clean()
    for key in ("2", "3"):
        run.pushed(1, kind, key)
        run.stands(1, "ready", _looks(run, 1), notices=1)
    report = audited(run)
    assert report.bad == ["duplicate_notices_by_channel"]
    expected = {"proof_needed": 2, "proof_rejected": 1}
    assert report.as_json()["duplicate_notices_by_channel"] == {"line": expected[kind], "email": 0}


def test_the_same_text_to_sign_told_twice_in_the_chat() -> None:
    run = clean()
    run.pushed(1, "proof_needed", "0")
    assert audited(run).as_json()["duplicate_notices_by_channel"] == {"line": 1, "email": 0}


def test_outside_the_diary_each_retry_key_is_a_try() -> None:
    run = clean()
    run.diary = [line for line in run.diary if line["thread"] != "t000001"]
    assert audited(run).bad == []


def _looks(run: Run, number: int) -> list[tuple[str, str]]:
    return [(look.actor, look.purpose) for look in run.evidence().pages[request_id(number)].looks or ()]


@pytest.mark.parametrize(
    ("number", "kind", "channels"),
    [(1, "ready", "both"), (1, "ready", "mail"), (1, "ready", "chat"), (2, "ready", "mail"), (3, "closed", "chat"),
     (3, "refunded", "chat"), (4, "refused", "mail")],
)  # fmt: skip
def test_an_end_that_was_not_told_on_a_channel_is_missed(number: int, kind: str, channels: str) -> None:
    run = clean()
    if channels in ("chat", "both"):
        run.line = [line for line in run.line if not str(line.get("retry_key")).startswith(f"{kind}-{number}-")]
    if channels in ("mail", "both"):
        run.mail = [line for line in run.mail if f"<0-{kind}-{number}@" not in line["raw"]]
    report = audited(run)
    assert report.bad == ["missing_notices"]
    assert report.defects["missing_notices"] == [request_id(number)] * (2 if channels == "both" else 1)


def test_mail_that_the_server_never_takes_is_not_missed() -> None:
    run = clean()
    run.mail = [line for line in run.mail if "<0-ready-2@" not in line["raw"]]
    run.mail.append({"at": moment(1), "kind": "refused", "to": "r2@example.jp", "answer": "451"})
    assert audited(run).bad == ["missing_notices"]
    run.mail.append({"at": moment(1), "kind": "refused", "to": "r2@example.jp", "answer": "550"})
    assert audited(run).bad == []


def test_a_final_rejection_is_the_refusal() -> None:
    run = clean()
    run.begins(5, "chat", "rejected", email=False)
    run.accepted(5)
    run.says(5, "signed")
    for kind in ("accepted", "proof_needed", "proof_rejected"):
        run.pushed(5, kind)
    run.stands(5, "refused", [], notices=3)
    run.says(5, "ended", outcome="refused")
    assert audited(run).bad == []


def test_a_message_that_reached_nobody_told_nobody_anything() -> None:
    run = clean()
    for line in run.line:
        if str(line.get("retry_key")).startswith("ready-1-"):
            line["delivered_to"] = []
    assert audited(run).bad == ["missing_notices"]


@pytest.mark.parametrize("outcome", ["request_timeout", "error_status_code", "could_not_connect", "dropped"])
def test_an_agreement_that_was_never_acknowledged_is_not_lost(outcome: str) -> None:
    run = Run()
    run.begins(5, "chat", "plain", email=False)
    assert lost(run.evidence()) == ["t000005"]
    run.line[-1]["outcome"] = outcome
    assert lost(run.evidence()) == []
    assert audited(run).bad == ["stuck"]


def test_an_agreement_is_kept_when_its_notice_came_though_the_diary_does_not_say_so() -> None:
    run = Run()
    run.begins(5, "chat", "plain", email=False)
    run.pushed(5, "accepted")
    run.stands(5, "cancelled", [], notices=1)
    run.pushed(5, "closed")
    run.stands(5, "cancelled", [("notify", "send_notice")], notices=1)
    assert audited(run).bad == ["stuck"]
    run.says(5, "ended", outcome="cancelled")
    assert audited(run).bad == []


@pytest.mark.parametrize("language", list(Language))
def test_notices_are_understood_in_every_language(language: Language) -> None:
    run = Run()
    for kind in NoticeKind:
        run.pushed(1, kind.value, language=language)
        run.mailed(1, kind.value, language=language)
    kinds = [kind.value for kind in NoticeKind]
    assert [notice.kind for notice in in_line(run.line).notices] == kinds
    assert [notice.kind for notice in in_mail(run.mail).notices] == kinds
    assert {notice.request for notice in in_mail(run.mail).notices} == {request_id(1)}
    assert in_line(run.line).links.keys() == in_mail(run.mail).links.keys() == {request_id(1)}
    assert in_line(run.line).links == in_mail(run.mail).links
