"""Answering a clerk's question: a page of its own, for the status page loads itself anew and would lose the text."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.responses import RedirectResponse, Response

from madoguchi.text.my_number import contains_my_number
from request_intake import handlers
from request_intake.domain.questions import LONGEST_ANSWER, readable
from request_intake.domain.step import NotNow
from request_intake.pages.door import Visit, Visiting, own_form

router = APIRouter(prefix="/r/{token}", include_in_schema=False)


def _page(visit: Visit, wrong: str = "") -> Response:
    """The form, empty: what must not be kept is not sent back either. `wrong`: why the last answer was not taken."""
    question = visit.status.question
    if question is None:
        return RedirectResponse(visit.path(), 303)
    return visit.render(
        "answer.html", status_code=422 if wrong else 200, question=question, longest=LONGEST_ANSWER, wrong=wrong
    )


@router.get("/answer")
async def answer_page(visit: Visiting) -> Response:
    """What the clerk asks, and room for the answer."""
    return _page(visit)


@router.post("/answer", dependencies=[Depends(own_form)])
async def answer(
    visit: Visiting, question_id: Annotated[str, Form(max_length=40)], text: Annotated[str, Form()]
) -> Response:
    """Hand in the answer."""
    words = text.replace("\r\n", "\n")
    if contains_my_number(words):
        return _page(visit, "answer.my_number")
    if not readable(words):
        return _page(visit, "answer.unclear")
    answer_id = "page-" + visit.deps.randomness(16).hex()
    try:
        await handlers.answer(visit.deps, visit.state.request_id, question_id, answer_id, words)
    except NotNow as error:
        return visit.sorry(error)
    return RedirectResponse(visit.path(), 303)
