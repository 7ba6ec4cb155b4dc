"""Asking the resident (照会): a question from a closed list; the answer comes as an event, sealed. Pure."""

from console.domain.case import Case, Enquiry
from console.domain.hand import Hand, NotNow, Refusal
from console.domain.happening import happening
from console.domain.review import pending, working_on
from madoguchi.contracts import events as e
from madoguchi.contracts.envelope import envelop
from madoguchi.contracts.vocabulary import QuestionId, ResidentQuestion
from madoguchi.store.aggregates import Change


def ask(case: Case, hand: Hand, question: ResidentQuestion, question_id: QuestionId) -> Change[Case]:
    """Ask, as who works on the case and has looked. The same question is not asked again before it is answered."""
    working_on(case, hand)
    if pending(case) is not None:
        raise NotNow(Refusal.PROPOSED)
    if any(one.question is question and one.answer is None for one in case.enquiries):
        raise NotNow(Refusal.ASKED)
    event = e.ResidentAsked(
        request_id=case.request_id,
        municipality=case.municipality,
        question_id=question_id,
        question=question,
        clerk=hand.staff.number,
        asked_at=hand.now,
    )
    envelope = envelop(event, time=hand.now, key=question_id, trace=dict(hand.trace))
    enquiry = Enquiry(id=question_id, question=question, at=hand.now)
    learnt = {"timeline": (*case.timeline, happening(envelope)), "enquiries": (*case.enquiries, enquiry)}
    return Change(case.model_copy(update=learnt), (envelope,))


def unanswered(case: Case) -> bool:
    """Whether the resident is asked something and has not answered."""
    return any(one.answer is None for one in case.enquiries)
