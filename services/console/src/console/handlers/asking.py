"""Asking the resident: on record, then published."""

from console.domain.acts import What
from console.domain.asking import ask
from console.domain.case import Case
from console.domain.hand import Hand
from console.handlers.acting import act
from console.handlers.deps import Deps
from madoguchi.contracts.ids import new_question_id
from madoguchi.contracts.vocabulary import RequestId, ResidentQuestion
from madoguchi.store.aggregates import Change


async def ask_resident(deps: Deps, request_id: RequestId, hand: Hand, question: ResidentQuestion) -> Case:
    """Ask. Raises `NotNow`, `NoSuchCase`."""
    question_id = new_question_id(hand.now, deps.randomness)

    def step(case: Case, by: Hand) -> Change[Case]:
        return ask(case, by, question, question_id)

    return await act(deps, request_id, hand, step, What.ASK, why=question.value)
