"""The answers to the questions, one function each. Pure."""

from collections.abc import Callable

from madoguchi.contracts.events import CertificateOptions
from madoguchi.contracts.vocabulary import CertificateForm, OptionalItem, Subjects
from request_intake.conversation import always, ask, hear, turns
from request_intake.conversation.model import (
    AnswerQuestion,
    Cancel,
    Command,
    Context,
    Forget,
    Keep,
    Reply,
    Said,
    State,
    Step,
    Submit,
    TakeOtherWay,
    Turn,
)
from request_intake.domain.questions import readable

MOST_CHARACTERS_OF_A_NAME = 100


def idle(state: State, said: Said, context: Context) -> Turn:
    """No question is open: a wish for a certificate, or anything else."""
    kind = hear.certificate(said)
    if kind in context.town.certificates:
        return turns.go(state, Step.SUBJECTS, context, certificate=kind)
    if hear.wants_something(said):
        return turns.first(state, context)
    if not state.greeted:
        return turns.followed(state, context)
    if context.request is not None and context.request.question_id:
        return always.answer(state, context)
    return turns.again(state, context, ask.say(state, context, "not_understood"))


def _certificate(state: State, said: Said, context: Context) -> Turn:
    kind = hear.certificate(said)
    if kind not in context.town.certificates:
        return turns.again(state, context, ask.say(state, context, "not_understood"))
    return turns.go(state, Step.SUBJECTS, context, certificate=kind)


def _subjects(state: State, said: Said, context: Context) -> Turn:
    labels = {hear.plain(ask.say(state, context, f"subjects.{who}")): who for who in Subjects}
    _, value = hear.button(said)
    who = hear.member(Subjects, value) or labels.get(hear.plain(said.text))
    if who not in ask.offer(state, context).subjects:
        return turns.again(state, context, ask.say(state, context, "choose_one"))
    after = Step.MEMBER_NAME if who is Subjects.MEMBER else Step.INCLUDE
    return turns.go(state, after, context, subjects=who)


def _member_name(state: State, said: Said, context: Context) -> Turn:
    name = said.text.strip()
    if not name or len(name) > MOST_CHARACTERS_OF_A_NAME or "\n" in name:
        return turns.again(state, context, ask.say(state, context, "name.unclear"))
    return turns.go(state, Step.MEMBER_BIRTH_DATE, context, Keep("member_name", name))


def _member_birth_date(state: State, said: Said, context: Context) -> Turn:
    day = hear.birth_date(said.text)
    if day is None or day > context.now.date().isoformat():
        return turns.again(state, context, ask.say(state, context, "birth_date.unclear"))
    return turns.go(state, Step.INCLUDE, context, Keep("member_birth_date", day))


def _include(state: State, said: Said, context: Context) -> Turn:
    labels = {hear.plain(ask.say(state, context, f"include.{item}")): item for item in OptionalItem}
    _, value = hear.button(said)
    if value == "done" or hear.yes_or_no(said, Step.INCLUDE) is False or hear.plain(said.text) in _done(state, context):
        return turns.go(state, Step.EMAIL, context)
    item = hear.member(OptionalItem, value) or labels.get(hear.plain(said.text))
    if item not in ask.offer(state, context).include:
        return turns.again(state, context, ask.say(state, context, "choose_one"))
    chosen = tuple(known for known in OptionalItem if known in (*state.include, item))
    after = state.model_copy(update={"include": chosen})
    return Turn(after, (ask.question(after, context),))


def _done(state: State, context: Context) -> tuple[str, ...]:
    return tuple(hear.plain(ask.say(state, context, key)) for key in ("include.done", "include.none"))


def _email(state: State, said: Said, context: Context) -> Turn:
    if hear.yes_or_no(said, Step.EMAIL) is False or hear.plain(said.text) == hear.plain(
        ask.say(state, context, "email.no")
    ):
        return turns.go(state, Step.CONFIRM, context, email_given=False)
    address = hear.email(said.text)
    if address is None:
        return turns.again(state, context, ask.say(state, context, "email.unclear"))
    return turns.go(state, Step.CONFIRM, context, Keep("email", address), email_given=True)


def _confirm(state: State, said: Said, context: Context) -> Turn:
    if not hear.yes_or_no(said, Step.CONFIRM):
        return turns.again(state, context, ask.say(state, context, "choose_one"))
    reply = Reply(ask.say(state, context, "submitted", phrase=ask.phrase(state, context)))
    return Turn(turns.fresh(state), (reply,), (_submit(state, context),))


def _submit(state: State, context: Context) -> Submit:
    """The request as agreed; the form follows from whom it is about (世帯連記式 for a household, else 個人票)."""
    who = state.subjects or Subjects.SELF
    form = CertificateForm.HOUSEHOLD if who is Subjects.HOUSEHOLD else CertificateForm.INDIVIDUAL
    kind = state.certificate or next(iter(context.town.certificates))
    return Submit(kind, CertificateOptions(form=form, subjects=who, include=state.include), state.language)


def _confirm_cancel(state: State, said: Said, context: Context) -> Turn:
    answer = hear.yes_or_no(said, Step.CONFIRM_CANCEL)
    if answer is None:
        return turns.again(state, context, ask.say(state, context, "choose_one"))
    if not answer or context.request is None:
        return always.return_(state, context)
    after = turns.fresh(state)
    return Turn(after, (Reply(ask.say(state, context, "cancelling")),), (Cancel(context.request.request_id),))


def _choose_way(state: State, said: Said, context: Context) -> Turn:
    _, value = hear.button(said)
    if value == "stay" or hear.yes_or_no(said, Step.CHOOSE_WAY) is False:
        return always.return_(state, context)
    way = hear.other_way(said)
    if way not in context.town.other_ways or way is None:
        return turns.again(state, context, ask.say(state, context, "choose_one"))
    commands: tuple[Command, ...] = (Forget(),)
    if state.returns_to is Step.IDLE and context.request is not None and context.request.open:
        commands = (TakeOtherWay(context.request.request_id, way),)
    return Turn(turns.fresh(state), (Reply(ask.way_text(state, context, way)),), commands)


def _answer(state: State, said: Said, context: Context) -> Turn:
    request = context.request
    if request is None or not request.question_id:
        back = always.return_(state, context)
        return Turn(back.state, (Reply(ask.say(state, context, "answer.none")), *back.replies))
    if not readable(said.text):
        return turns.again(state, context, ask.say(state, context, "answer.unclear"))
    after = state.model_copy(update={"step": state.returns_to, "returns_to": Step.IDLE})
    following = (ask.question(after, context),) if after.step in turns.QUESTIONS else ()
    thanks = Reply(ask.say(state, context, "answered", phrase=ask.phrase(state, context)))
    return Turn(after, (thanks, *following), (AnswerQuestion(request.request_id, request.question_id, said.text),))


ANSWERS: dict[Step, Callable[[State, Said, Context], Turn]] = {
    Step.CERTIFICATE: _certificate,
    Step.SUBJECTS: _subjects,
    Step.MEMBER_NAME: _member_name,
    Step.MEMBER_BIRTH_DATE: _member_birth_date,
    Step.INCLUDE: _include,
    Step.EMAIL: _email,
    Step.CONFIRM: _confirm,
    Step.CONFIRM_CANCEL: _confirm_cancel,
    Step.CHOOSE_WAY: _choose_way,
    Step.ANSWER: _answer,
}
