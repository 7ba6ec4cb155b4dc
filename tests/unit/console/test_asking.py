"""Asking the resident: from a list, once until it is answered; the answer is read where the case is opened."""

import pytest

from console.domain.asking import ask, unanswered
from console.domain.case import awaited, learn
from console.domain.hand import NotNow, Refusal
from console.domain.staff import Role
from madoguchi.contracts.events import ResidentAsked
from madoguchi.contracts.personal import ResidentAnswer
from madoguchi.contracts.vocabulary import ResidentQuestion
from unit.console import given as g
from unit.console.test_review import CLERK, OTHER, hand, proposed, waiting, worked_on
from unit.console.test_review_pages import CASE, taken_and_opened
from unit.console.world import World, form, words

MOVED = ResidentQuestion.MOVED_RECENTLY


def test_who_works_on_the_case_asks_and_it_goes_on_waiting() -> None:
    change = ask(worked_on(), hand(CLERK, 65), MOVED, g.QUESTION)
    (envelope,) = change.emit
    assert isinstance(envelope.event, ResidentAsked)
    assert (envelope.event.question, envelope.event.clerk) == (MOVED, "0042")
    assert awaited(change.state) is not None
    assert unanswered(change.state)


def test_the_same_question_waits_for_its_answer_before_it_is_asked_again() -> None:
    asked = ask(worked_on(), hand(CLERK), MOVED, g.QUESTION).state
    with pytest.raises(NotNow) as error:
        ask(asked, hand(CLERK), MOVED, g.QUESTION)
    assert error.value.refusal is Refusal.ASKED
    answered = learn(g.answered(), asked)
    assert not unanswered(answered)
    assert ask(answered, hand(CLERK), MOVED, "qst_01kattttttttttttttttttttta").emit


def test_nobody_else_asks_and_nobody_once_it_is_proposed() -> None:
    with pytest.raises(NotNow) as error:
        ask(worked_on(), hand(OTHER), MOVED, g.QUESTION)
    assert error.value.refusal is Refusal.CLAIMED
    with pytest.raises(NotNow):
        ask(proposed(), hand(CLERK), MOVED, g.QUESTION)


def test_an_answer_whose_question_is_not_known_is_kept() -> None:
    case = learn(g.answered(), waiting())
    assert [(one.question, one.answer) for one in case.enquiries] == [(MOVED, "sealed:v1:answer:AAAA")]


async def test_a_question_from_the_page_is_published_and_its_answer_is_read_on_opening(world: World) -> None:
    await world.referred("takahashi_hashigo")
    async with world.at_work("0042", Role.CLERK) as http:
        opened = await taken_and_opened(http)
        nothing = await http.post(f"{CASE}/ask", data=form(opened, question="your_secret"))
        assert nothing.status_code == 409
        assert (await http.post(f"{CASE}/ask", data=form(opened, question="moved_recently"))).status_code == 303
        (asked,) = await world.sent()
        assert isinstance(asked, ResidentAsked)
        assert "Waits for the applicant" in words(await http.get("/queue"))
        answer = await world.vault.seal(g.REQUEST, "answer", ResidentAnswer(text="先月です <b>"))
        await world.send(g.answered(answer=answer, question_id=asked.question_id))
        page = await http.get(CASE)
        again = await http.post(f"{CASE}/open", data=form(page, purpose="review"))
    assert "The applicant answered" in words(page)
    assert "先月です" not in page.text
    assert "先月です &lt;b&gt;" in again.text
    assert ("clerk:0042", "answer") in await world.looks()
