"""(state, what was said, what is known) → (state, replies, commands). Pure: no clock, no store, no channel."""

from madoguchi.contracts.vocabulary import Language
from madoguchi.text.my_number import contains_my_number
from request_intake.conversation import always, answers, ask, hear, turns
from request_intake.conversation.hear import Intent
from request_intake.conversation.model import Context, Said, State, Step, Turn


def decide(state: State, said: Said, context: Context) -> Turn:
    """Answer one message. What must not be kept is refused first; then what can be said at every question; then the
    answer to the question that is open."""
    if refusal := _refusal(state, said, context):
        return turns.again(state, context, ask.say(state, context, refusal))
    if state.step is Step.IDLE and Language.ENGLISH in context.town.languages and hear.speaks_english(said):
        state = state.model_copy(update={"language": Language.ENGLISH})
    if chosen := hear.language(said):
        return always.change_language(state, chosen.value, context)
    meant = hear.intent(said)
    if meant and not (meant is Intent.OTHER_WAY and state.step is Step.CHOOSE_WAY):
        return always.INTENTS[meant](state, context)
    if state.step is Step.IDLE:
        return answers.idle(state, said, context)
    return answers.ANSWERS[state.step](state, said, context)


def _refusal(state: State, said: Said, context: Context) -> str | None:
    """The key of the text that says why this message is not taken, if it is not."""
    asked = ask.question(state, context).text if state.step in turns.QUESTIONS else ""
    if contains_my_number(said.text, context=asked):
        return "refused.my_number"
    if said.other:
        return "refused.type"
    step, _ = hear.button(said)
    return "stale" if step in turns.QUESTIONS and step != state.step else None
