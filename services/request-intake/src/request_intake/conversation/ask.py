"""The counter's side of the thread: the question each step asks, and the texts around it. Pure."""

from madoguchi.contracts.vocabulary import CertificateKind, Language, OptionalItem, OtherWay
from madoguchi.policy.models import CertificateOffer
from request_intake.conversation.hear import Intent
from request_intake.conversation.model import Choice, Context, Link, Reply, State, Step

_ALWAYS = (Intent.BACK, Intent.OTHER_WAY, Intent.STOP, Intent.LANGUAGE)
"""Offered at every question, after its own answers."""

LANGUAGE_NAMES = {
    Language.JAPANESE: "日本語",
    Language.PLAIN_JAPANESE: "やさしい日本語",
    Language.ENGLISH: "English",
}
"""Each language by its own name, so that whoever needs it can read it."""


def say(state: State, context: Context, key: str, **values: str) -> str:
    """A text of the catalogue in the resident's language."""
    return context.catalogue.text(state.language, key, **values)


def choice(state: State, context: Context, step: Step | str, value: str, key: str) -> Choice:
    """A quick reply that answers `step` with `value`."""
    return Choice(say(state, context, key), f"step={step}&value={value}")


def menu(state: State, context: Context, *intents: Intent) -> tuple[Choice, ...]:
    """Quick replies for things that can be said at any time."""
    return tuple(choice(state, context, "menu", intent, f"menu.{intent}") for intent in intents)


def offer(state: State, context: Context) -> CertificateOffer:
    """What the town offers for the certificate being asked for."""
    return context.town.certificates[state.certificate or next(iter(context.town.certificates))]


def town_name(state: State, context: Context) -> str:
    """The town's name in the resident's language."""
    return context.town.name[state.language]


def phrase(state: State, context: Context) -> str:
    """The town's anti-phishing phrase in the resident's language."""
    return context.town.branding.phrase[state.language]


def greeting(state: State, context: Context) -> Reply:
    """The first words: who this is, the phrase to know us by, what can be done, and the way without any of this."""
    text = say(state, context, "greeting", town=town_name(state, context), phrase=phrase(state, context))
    start = choice(state, context, "menu", "start", "menu.start")
    return Reply(text, (start, *languages(state, context), *menu(state, context, Intent.OTHER_WAY)))


def languages(state: State, context: Context) -> tuple[Choice, ...]:
    """The town's languages other than the present one."""
    others = (language for language in context.town.languages if language is not state.language)
    return tuple(Choice(LANGUAGE_NAMES[language], f"step=language&value={language}") for language in others)


def help_text(state: State, context: Context) -> Reply:
    """What can be said here."""
    start = choice(state, context, "menu", "start", "menu.start")
    side = menu(state, context, Intent.WHERE, Intent.WHO_LOOKED, Intent.OTHER_WAY, Intent.LANGUAGE)
    return Reply(say(state, context, "help", town=town_name(state, context)), (start, *side))


def question(state: State, context: Context) -> Reply:
    """The question of the present step, with its answers and what can be said at every question."""
    text, answers = _QUESTIONS[state.step](state, context)
    always = _ALWAYS if state.back else _ALWAYS[1:]
    return Reply(text, (*answers, *menu(state, context, *always)))


def _certificate(state: State, context: Context) -> tuple[str, tuple[Choice, ...]]:
    kinds = tuple(
        Choice(say(state, context, f"certificate.{kind}"), f"step={Step.CERTIFICATE}&value={kind}")
        for kind in context.town.certificates
    )
    return say(state, context, "ask.certificate"), kinds


def _subjects(state: State, context: Context) -> tuple[str, tuple[Choice, ...]]:
    answers = (choice(state, context, Step.SUBJECTS, who, f"subjects.{who}") for who in offer(state, context).subjects)
    return say(state, context, "ask.subjects"), tuple(answers)


def _member_name(state: State, context: Context) -> tuple[str, tuple[Choice, ...]]:
    return say(state, context, "ask.member_name"), ()


def _member_birth_date(state: State, context: Context) -> tuple[str, tuple[Choice, ...]]:
    return say(state, context, "ask.member_birth_date"), ()


def _include(state: State, context: Context) -> tuple[str, tuple[Choice, ...]]:
    chosen = _items(state, context, state.include) or say(state, context, "include.nothing")
    more = (item for item in offer(state, context).include if item not in state.include)
    answers = tuple(choice(state, context, Step.INCLUDE, item, f"include.{item}") for item in more)
    done = choice(state, context, Step.INCLUDE, "done", "include.done" if state.include else "include.none")
    return say(state, context, "ask.include", chosen=chosen), (done, *answers)


def _email(state: State, context: Context) -> tuple[str, tuple[Choice, ...]]:
    return say(state, context, "ask.email"), (choice(state, context, Step.EMAIL, "no", "email.no"),)


def _confirm(state: State, context: Context) -> tuple[str, tuple[Choice, ...]]:
    text = say(
        state,
        context,
        "ask.confirm",
        town=town_name(state, context),
        certificate=offer(state, context).name[state.language],
        subjects=say(state, context, f"subjects.{state.subjects}"),
        include=_items(state, context, state.include) or say(state, context, "include.nothing"),
        email=say(state, context, "email.given" if state.email_given else "email.none"),
        fee=f"{offer(state, context).fee:,}",
        promise=duration(state, context),
    )
    return text, (choice(state, context, Step.CONFIRM, "yes", "confirm.yes"),)


def _confirm_cancel(state: State, context: Context) -> tuple[str, tuple[Choice, ...]]:
    yes = choice(state, context, Step.CONFIRM_CANCEL, "yes", "cancel.yes")
    no = choice(state, context, Step.CONFIRM_CANCEL, "no", "cancel.no")
    return say(state, context, "ask.confirm_cancel"), (yes, no)


def _choose_way(state: State, context: Context) -> tuple[str, tuple[Choice, ...]]:
    ways = tuple(choice(state, context, Step.CHOOSE_WAY, way, f"way.{way}") for way in context.town.other_ways)
    stay = choice(state, context, Step.CHOOSE_WAY, "stay", "way.stay")
    return say(state, context, "ask.choose_way"), (*ways, stay)


def _answer(state: State, context: Context) -> tuple[str, tuple[Choice, ...]]:
    if context.request is None or not context.request.question:
        return say(state, context, "answer.none"), ()
    return say(state, context, "ask.answer", question=context.request.question), ()


_QUESTIONS = {
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


def _items(state: State, context: Context, items: tuple[OptionalItem, ...]) -> str:
    return say(state, context, "list.and").join(say(state, context, f"include.{item}") for item in items)


def duration(state: State, context: Context) -> str:
    """The promised time in words: whole days, else whole hours."""
    promise = context.town.deadlines.promise
    hours = int(promise.total_seconds() // 3600)
    key, number = ("duration.days", hours // 24) if hours % 24 == 0 else ("duration.hours", hours)
    return say(state, context, key, number=str(number))


def way_text(state: State, context: Context, way: OtherWay) -> str:
    """How to get the certificate at the counter or by post, in the town's words."""
    return context.town.other_ways[way][state.language]


def whereabouts(state: State, context: Context) -> Reply:
    """「いまどこ？」: the state of the latest request, its deadline, and the page that shows all of it."""
    if context.request is None:
        return Reply(say(state, context, "where.none"), (choice(state, context, "menu", "start", "menu.start"),))
    request = context.request
    key = "where.open" if request.deadline else "where.ended"
    text = say(state, context, key, status=request.status, deadline=request.deadline, number=request.request_id)
    side: tuple[Intent, ...] = (Intent.WHO_LOOKED,)
    if request.question:
        text = f"{text}\n{say(state, context, 'where.question', question=request.question)}"
        side = (Intent.ANSWER, *side)
    return Reply(text, menu(state, context, *side), Link(say(state, context, "link.status"), request.url))


def who_looked(state: State, context: Context) -> Reply:
    """「だれが見た？」: the latest looks at the resident's data, and the page that shows all."""
    if context.request is None:
        return Reply(say(state, context, "where.none"), (choice(state, context, "menu", "start", "menu.start"),))
    link = Link(say(state, context, "link.access_log"), f"{context.request.url}/access-log")
    if not context.looks:
        return Reply(say(state, context, "looks.none"), (), link)
    lines = (say(state, context, "looks.line", look=look) for look in context.looks[-10:])
    return Reply("\n".join((say(state, context, "looks.some", count=str(len(context.looks))), *lines)), (), link)


def certificate_name(state: State, context: Context, kind: CertificateKind) -> str:
    """The certificate's name in the resident's language, as the town calls it."""
    return context.town.certificates[kind].name[state.language]
