"""A clerk's question and the resident's answer: decisions, pages, API."""

import asyncio
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from madoguchi.contracts import events as e
from madoguchi.contracts.envelope import Envelope, envelop
from madoguchi.contracts.personal import ResidentAnswer
from madoguchi.contracts.vocabulary import Language, ResidentQuestion
from madoguchi.text.catalogue import Catalogue
from madoguchi.text.my_number import contains_my_number
from madoguchi.vault.port import Access, LegalBasis, Purpose
from request_intake import handlers
from request_intake.domain import closing, facts, issuance, proof, questions
from request_intake.domain.state import RequestState
from request_intake.domain.status import Action, StatusCode, status
from request_intake.domain.step import NotNow, due_at
from unit.request_intake.given import (
    LATER,
    MUCH_LATER,
    PACE,
    WHOSE,
    accept,
    eligible_event,
    emitted,
    handed_in,
    hear_all,
    identity_referred_event,
    issuance_referred_event,
    then,
    verified_event,
)
from unit.request_intake.test_api import create
from unit.request_intake.world import Intake

FIRST, SECOND = "qst_" + "1" * 26, "qst_" + "2" * 26
SEALED = "sealed:v1:answer:AAAA"
MY_NUMBER = "1234-5678-9018"
CLERK = Access("clerk:0042", Purpose.CLERK_REVIEW, LegalBasis.RESIDENT_REGISTER_ACT_12)


def asked_event(question_id: str = FIRST, **more: Any) -> Envelope[e.ResidentAsked]:
    values = {"question": ResidentQuestion.WHICH_NAME, "clerk": "0042", "asked_at": LATER, **more}
    return envelop(e.ResidentAsked(**WHOSE, question_id=question_id, **values), time=LATER, key=question_id)


def referred(fresh: RequestState) -> RequestState:
    return then(proof.referred(handed_in(fresh), identity_referred_event()))


def asked(fresh: RequestState) -> RequestState:
    return then(questions.asked(referred(fresh), asked_event()))


def test_given_a_case_with_a_clerk_when_they_ask_then_the_resident_can_answer(fresh: RequestState) -> None:
    shown = status(asked(fresh), MUCH_LATER)
    assert (shown.code, shown.next) == (StatusCode.WITH_CLERK, Action.ANSWER)
    assert shown.question is not None
    assert shown.question.question is ResidentQuestion.WHICH_NAME
    assert Action.ANSWER not in status(referred(fresh), MUCH_LATER).actions


def test_a_question_heard_before_the_referral_waits_for_it(fresh: RequestState) -> None:
    early = then(questions.asked(handed_in(fresh), asked_event()))
    assert facts.open_question(early) is None
    assert facts.open_question(then(proof.referred(early, identity_referred_event()))) is not None


def test_a_question_heard_twice_is_one(fresh: RequestState) -> None:
    assert questions.asked(asked(fresh), asked_event()) is None


def test_given_a_question_when_answered_then_the_clerk_is_told_once(fresh: RequestState) -> None:
    step = questions.answer(asked(fresh), FIRST, "a1", SEALED, MUCH_LATER)
    assert emitted(step) == ["ResidentAnswered"]
    after = then(step)
    shown = status(after, MUCH_LATER)
    assert (shown.question, shown.answered) == (None, True)
    assert questions.answer(after, FIRST, "a1", SEALED, MUCH_LATER) is None
    with pytest.raises(NotNow, match="already_answered"):
        questions.answer(after, FIRST, "a2", SEALED, MUCH_LATER)
    assert SEALED not in after.model_dump_json()


def test_of_two_questions_the_older_comes_first(fresh: RequestState) -> None:
    later = asked_event(SECOND, asked_at=MUCH_LATER)
    for order in ((later, asked_event()), (asked_event(), later)):
        state = referred(fresh)
        for event in order:
            state = then(questions.asked(state, event))
        first = facts.open_question(state)
        assert first is not None
        assert first.id == FIRST
        second = facts.open_question(then(questions.answer(state, FIRST, "a1", SEALED, MUCH_LATER)))
        assert second is not None
        assert second.id == SECOND


def test_after_the_clerk_decided_or_the_end_no_answer_is_taken(fresh: RequestState) -> None:
    decided = then(issuance.eligible(then(proof.verified(asked(fresh), verified_event())), eligible_event(), LATER))
    with pytest.raises(NotNow, match="no_longer_asked"):
        questions.answer(decided, FIRST, "a1", SEALED, MUCH_LATER)
    with pytest.raises(NotNow, match="already_ended"):
        questions.answer(then(closing.cancel(asked(fresh), LATER)), FIRST, "a1", SEALED, MUCH_LATER)
    with pytest.raises(NotNow, match="question_unknown"):
        questions.answer(asked(fresh), SECOND, "a1", SEALED, MUCH_LATER)


def test_an_answer_after_its_time_is_taken_while_the_clerk_has_the_case(fresh: RequestState) -> None:
    state = then(questions.asked(referred(fresh), asked_event(answer_by=LATER)))
    assert emitted(questions.answer(state, FIRST, "a1", SEALED, LATER + timedelta(days=2))) == ["ResidentAnswered"]


def test_time_runs_as_while_a_clerk_has_it(fresh: RequestState) -> None:
    assert due_at(asked(fresh), PACE) == due_at(referred(fresh), PACE)
    assert facts.promised_at(asked(fresh)) == facts.promised_at(referred(fresh))


@pytest.mark.parametrize("text", ["", " \n", "a\x00b", "\x1b[31m", "あ" * (questions.LONGEST_ANSWER + 1)])
def test_what_a_clerk_could_not_read_is_no_answer(text: str) -> None:
    assert not questions.readable(text)


@pytest.mark.parametrize("text", ["はしごの髙です", " 一行目\n二行目", "あ" * questions.LONGEST_ANSWER, "𠮷"])
def test_words_are_an_answer(text: str) -> None:
    assert questions.readable(text)


def test_no_question_speaks_of_a_licence_so_that_a_my_number_is_known_for_one(catalogue: Catalogue) -> None:
    chat = Catalogue.of_package("request_intake.conversation")
    for language in Language:
        for question in ResidentQuestion:
            words = chat.text(language, "ask.answer", question=catalogue.text(language, f"ask.{question}"))
            assert contains_my_number(MY_NUMBER, context=words)


async def waiting(intake: Intake, question_id: str = FIRST) -> tuple[str, str]:
    """A request with a clerk who has asked something: its id, the path of its page."""
    request_id = await accept(intake.deps)
    await hear_all(intake.deps, request_id, verified_event(), issuance_referred_event(), asked_event(question_id))
    return request_id, urlsplit(intake.deps.links.status_url(await intake.state(request_id))).path


async def given(intake: Intake, request_id: str) -> list[str]:
    """The answers as the clerk reads them."""
    found = await intake.deps.requests.load(request_id)
    assert found is not None
    answers = [envelope.event for envelope in found.events() if isinstance(envelope.event, e.ResidentAnswered)]
    return [(await intake.deps.vault.open(request_id, a.answer, ResidentAnswer, CLERK)).text for a in answers]


async def test_the_page_shows_the_question_and_takes_the_answer(intake: Intake, catalogue: Catalogue) -> None:
    request_id, page = await waiting(intake)
    asks = catalogue.text(Language.ENGLISH, "ask.which_name")
    async with intake.client(None, Accept="text/html") as client:
        shown = (await client.get(page)).text
        assert asks in shown
        assert f"{page}/answer" in shown
        assert asks in (await client.get(f"{page}/answer")).text
        before = (await client.get(f"{page}/state")).json()["mark"]
        body = {"question_id": FIRST, "text": "はしごの髙です。\r\n以上"}
        done = await client.post(f"{page}/answer", data=body)
        again = await client.post(f"{page}/answer", data=body)
        after = (await client.get(page)).text
        assert (await client.get(f"{page}/state")).json()["mark"] != before
        gone = await client.get(f"{page}/answer")
    assert (done.status_code, again.status_code, gone.status_code) == (303, 409, 303)
    assert f"{page}/answer" not in after
    assert catalogue.text(Language.ENGLISH, "question.answered") in after
    assert await given(intake, request_id) == ["はしごの髙です。\n以上"]
    assert "はしご" not in repr(intake.documents.collections)


@pytest.mark.parametrize(("text", "why"), [(f"番号は {MY_NUMBER} です", "answer.my_number"), (" ", "answer.unclear")])
async def test_the_page_says_why_an_answer_is_not_taken_and_keeps_nothing(
    intake: Intake, catalogue: Catalogue, text: str, why: str
) -> None:
    request_id, page = await waiting(intake)
    async with intake.client(None, Accept="text/html") as client:
        refused = await client.post(f"{page}/answer", data={"question_id": FIRST, "text": text})
        foreign = await client.post(
            f"{page}/answer", data={"question_id": FIRST, "text": "x"}, headers={"Sec-Fetch-Site": "cross-site"}
        )
    assert (refused.status_code, foreign.status_code) == (422, 403)
    assert catalogue.text(Language.ENGLISH, why) in refused.text
    assert MY_NUMBER not in refused.text
    assert await given(intake, request_id) == []


async def asked_by_api(intake: Intake, client: Any) -> str:
    """A request of this channel, with a clerk who has asked something; its id."""
    request_id: str = (await create(client)).json()["request_id"]
    await hear_all(intake.deps, request_id, verified_event(), issuance_referred_event(), asked_event())
    return request_id


async def test_the_api_shows_the_question_and_takes_the_answer_once(intake: Intake) -> None:
    async with intake.client() as client:
        request_id = await asked_by_api(intake, client)
        url = f"/v1/requests/{request_id}"
        shown = (await client.get(url)).json()
        assert (shown["next"], shown["question"]["question"]) == ("answer", "which_name")
        body = {"question_id": FIRST, "text": "はしごの髙です"}
        answers = [
            await client.post(f"{url}/answers", json=body, headers={"Idempotency-Key": key}) for key in ("a", "a", "b")
        ]
        other = await client.post(f"{url}/answers", json={**body, "text": "x"}, headers={"Idempotency-Key": "a"})
        keyless = await client.post(f"{url}/answers", json=body)
    assert [answer.status_code for answer in answers] == [202, 202, 409]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["question"] is None
    assert answers[0].json()["links"]
    assert answers[2].json()["code"] == "already_answered"
    assert (other.status_code, keyless.status_code) == (422, 400)
    assert await given(intake, request_id) == ["はしごの髙です"]


async def test_the_api_refuses_a_my_number_and_keeps_nothing(intake: Intake) -> None:
    async with intake.client() as client:
        request_id = await asked_by_api(intake, client)
        refused = await client.post(
            f"/v1/requests/{request_id}/answers",
            json={"question_id": FIRST, "text": f"私のは{MY_NUMBER}"},
            headers={"Idempotency-Key": "a"},
        )
    assert (refused.status_code, refused.json()["code"]) == (422, "my_number_refused")
    assert await given(intake, request_id) == []


async def test_a_crash_between_the_answer_and_its_record_costs_nothing(intake: Intake) -> None:
    request_id, _ = await waiting(intake)
    await asyncio.gather(*(handlers.answer(intake.deps, request_id, FIRST, "a1", "一度だけ") for _ in range(3)))
    await handlers.answer(intake.deps, request_id, FIRST, "a1", "一度だけ")
    assert await given(intake, request_id) == ["一度だけ"]


async def test_a_question_is_a_notice_that_is_waited_for(intake: Intake) -> None:
    request_id, _ = await waiting(intake)
    assert "question" in {notice.kind.value for notice in (await intake.state(request_id)).notices.values()}
