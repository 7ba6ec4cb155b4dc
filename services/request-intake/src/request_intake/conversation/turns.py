"""The moves of the conversation that several answers share. Pure."""

from request_intake.conversation import ask
from request_intake.conversation.model import Command, Context, Reply, State, Step, Turn

QUESTIONS = frozenset(Step) - {Step.IDLE}


def followed(state: State, context: Context) -> Turn:
    """The resident added the town's account (or unblocked it)."""
    return Turn(state.model_copy(update={"greeted": True}), (ask.greeting(state, context),))


def again(state: State, context: Context, text: str) -> Turn:
    """Say `text`, then ask the present question once more (or offer the menu)."""
    following = ask.question(state, context) if state.step in QUESTIONS else ask.help_text(state, context)
    return Turn(state, (Reply(text), following))


def go(state: State, step: Step, context: Context, *commands: Command, **update: object) -> Turn:
    """On to the question `step`; `update` changes the state on the way."""
    after = state.model_copy(update={**update, "step": step, "back": (*state.back, state.step)})
    return Turn(after, (ask.question(after, context),), commands)


def fresh(state: State) -> State:
    """Nothing asked for; the language stays."""
    return State(language=state.language, greeted=state.greeted)


def first(state: State, context: Context) -> Turn:
    """The first question; a town with one certificate need not ask which."""
    if len(context.town.certificates) == 1:
        return go(state, Step.SUBJECTS, context, certificate=next(iter(context.town.certificates)))
    return go(state, Step.CERTIFICATE, context)
