"""The resident answers a clerk's question; page, API and chat all come through here."""

from madoguchi.contracts.personal import ResidentAnswer
from madoguchi.contracts.vocabulary import QuestionId, RequestId, SealedText
from request_intake.domain import questions
from request_intake.domain.state import RequestState
from request_intake.handlers.deps import Deps, log


async def answer(deps: Deps, request_id: RequestId, question_id: QuestionId, answer_id: str, text: str) -> RequestState:
    """Hand an answer to the clerk. It is sealed before anything is stored; `answer_id` makes a repeat harmless.

    Whoever calls has made sure that the text holds no My Number. Raises `NoSuchRequest`, `NotNow`."""
    state = await deps.load(request_id)
    if questions.answerable(state, question_id, answer_id).answered_at is not None:
        return state
    sealed = await deps.vault.seal(request_id, "answer", ResidentAnswer(text=text))
    return await answer_sealed(deps, request_id, question_id, answer_id, sealed)


async def answer_sealed(
    deps: Deps, request_id: RequestId, question_id: QuestionId, answer_id: str, sealed: SealedText
) -> RequestState:
    """The same for an answer that is sealed already (field `answer`)."""
    after = await deps.decide(
        request_id, lambda state, now: questions.answer(state, question_id, answer_id, sealed, now)
    )
    log.info("question_answered", request_id=request_id, question_id=question_id)
    return after
