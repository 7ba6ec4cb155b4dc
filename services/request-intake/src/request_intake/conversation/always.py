"""What can be said at every question: back, stop, where is mine, who looked, language, another way. Pure."""

from collections.abc import Callable

from request_intake.conversation import ask, turns
from request_intake.conversation.hear import Intent
from request_intake.conversation.model import Context, Forget, Reply, State, Step, Turn

_ASIDE = frozenset({Step.CONFIRM_CANCEL, Step.CHOOSE_WAY, Step.ANSWER})
_APPLYING = frozenset(Step) - {Step.IDLE} - _ASIDE


def change_language(state: State, language: str, context: Context) -> Turn:
    """Go on in `language` (a `Language` value), if the town offers it."""
    known = {offered.value: offered for offered in context.town.languages}
    if language not in known:
        return turns.again(state, context, ask.say(state, context, "language.not_offered"))
    after = state.model_copy(update={"language": known[language]})
    if after.step is Step.IDLE:
        return Turn(after, (ask.greeting(after, context),))
    return turns.again(after, context, ask.say(after, context, "language.changed"))


def _back(state: State, context: Context) -> Turn:
    if state.step in _ASIDE:
        return return_(state, context)
    asked = [step for step in state.back if step is not Step.IDLE]
    if not asked:
        return turns.again(state, context, ask.say(state, context, "back.nowhere"))
    position = len(state.back) - 1 - state.back[::-1].index(asked[-1])
    after = state.model_copy(update={"step": asked[-1], "back": state.back[:position]})
    return Turn(after, (ask.question(after, context),))


def return_(state: State, context: Context) -> Turn:
    """From a side question to where it was asked."""
    after = state.model_copy(update={"step": state.returns_to, "returns_to": Step.IDLE})
    following = ask.question(after, context) if after.step in turns.QUESTIONS else ask.help_text(after, context)
    return Turn(after, (following,))


def _start_over(state: State, context: Context) -> Turn:
    first = turns.first(turns.fresh(state), context)
    return Turn(first.state, first.replies, (Forget(), *first.commands))


def _stop(state: State, context: Context) -> Turn:
    if state.step is Step.ANSWER:
        return return_(state, context)
    if state.step in _APPLYING:
        return Turn(turns.fresh(state), (Reply(ask.say(state, context, "stopped")),), (Forget(),))
    if context.request is not None and context.request.open:
        after = state.model_copy(update={"step": Step.CONFIRM_CANCEL, "returns_to": Step.IDLE})
        return Turn(after, (ask.question(after, context),))
    replies = (Reply(ask.say(state, context, "nothing_to_stop")), ask.help_text(state, context))
    return Turn(turns.fresh(state), replies, (Forget(),))


def _where(state: State, context: Context) -> Turn:
    return _aside(state, context, ask.whereabouts(state, context))


def _who_looked(state: State, context: Context) -> Turn:
    return _aside(state, context, ask.who_looked(state, context))


def _aside(state: State, context: Context, reply: Reply) -> Turn:
    """Answer, then go on with the question that was open."""
    following = (ask.question(state, context),) if state.step in turns.QUESTIONS else ()
    return Turn(state, (reply, *following))


def _language(state: State, context: Context) -> Turn:
    reply = Reply(ask.say(state, context, "language.choose"), ask.languages(state, context))
    return Turn(state, (reply,))


def _other_way(state: State, context: Context) -> Turn:
    after = state.model_copy(update={"step": Step.CHOOSE_WAY, "returns_to": state.step})
    return Turn(after, (ask.question(after, context),))


def answer(state: State, context: Context) -> Turn:
    """To what a clerk wants to know; the next message is the answer."""
    if context.request is None or not context.request.question_id:
        return _aside(state, context, Reply(ask.say(state, context, "answer.none")))
    if state.step is Step.ANSWER:
        return Turn(state, (ask.question(state, context),))
    back = state.returns_to if state.step in _ASIDE else state.step
    after = state.model_copy(update={"step": Step.ANSWER, "returns_to": back})
    return Turn(after, (ask.question(after, context),))


def _help(state: State, context: Context) -> Turn:
    return _aside(state, context, ask.help_text(state, context))


INTENTS: dict[Intent, Callable[[State, Context], Turn]] = {
    Intent.BACK: _back,
    Intent.START_OVER: _start_over,
    Intent.STOP: _stop,
    Intent.WHERE: _where,
    Intent.WHO_LOOKED: _who_looked,
    Intent.LANGUAGE: _language,
    Intent.OTHER_WAY: _other_way,
    Intent.ANSWER: answer,
    Intent.HELP: _help,
}
