"""A clerk's question to the resident (照会) and the answer. While it is open, time runs as with any clerk's case."""

import re
from datetime import datetime

from madoguchi.contracts import events as e
from madoguchi.contracts.envelope import Envelope, envelop
from madoguchi.contracts.vocabulary import QuestionId, SealedText
from request_intake.domain import facts
from request_intake.domain.state import Question, RequestState
from request_intake.domain.step import NotNow, Step

LONGEST_ANSWER = 1000
"""Characters."""
ANSWER = r"^[\t\n\r ]*[^\x00-\x20\x7f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
"""Some words, on several lines if need be; no control characters."""
_ANSWER = re.compile(ANSWER)


def readable(text: str) -> bool:
    """Whether this can be handed to a clerk as an answer."""
    return len(text) <= LONGEST_ANSWER and _ANSWER.match(text) is not None


def asked(state: RequestState, envelope: Envelope[e.ResidentAsked]) -> Step | None:
    """A clerk asks something. It may be heard before it is known that the request is with a clerk."""
    event = envelope.event
    if any(known.id == event.question_id for known in state.questions):
        return None
    fresh = Question(id=event.question_id, question=event.question, asked_at=event.asked_at, answer_by=event.answer_by)
    in_order = sorted((*state.questions, fresh), key=lambda question: (question.asked_at, question.id))
    return Step(state.model_copy(update={"questions": tuple(in_order)}))


def answerable(state: RequestState, question_id: QuestionId, answer_id: str) -> Question:
    """The question, open or answered already with this very answer. Raises `NotNow`."""
    named = next((question for question in state.questions if question.id == question_id), None)
    if named is None:
        raise NotNow("question_unknown")
    if named.answered_at is not None:
        if named.answer_id == answer_id:
            return named
        raise NotNow("already_answered")
    if facts.ended_at(state) is not None:
        raise NotNow("already_ended")
    if not facts.with_clerk(state):
        raise NotNow("no_longer_asked")
    return named


def answer(
    state: RequestState, question_id: QuestionId, answer_id: str, sealed: SealedText, now: datetime
) -> Step | None:
    """The resident answers, once; the same answer again is harmless. Raises `NotNow`."""
    question = answerable(state, question_id, answer_id)
    if question.answered_at is not None:
        return None
    done = question.model_copy(update={"answered_at": now, "answer_id": answer_id})
    questions = tuple(done if known.id == question_id else known for known in state.questions)
    answered = e.ResidentAnswered(
        request_id=state.request_id,
        municipality=state.municipality,
        question_id=question_id,
        question=question.question,
        answer=sealed,
        answered_at=now,
    )
    return Step(state.model_copy(update={"questions": questions}), (envelop(answered, time=now, key=question_id),))
