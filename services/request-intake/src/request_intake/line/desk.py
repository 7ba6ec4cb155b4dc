"""The desk between LINE and the conversation: hear, decide, save in one write; then do and answer.

A webhook call returns as soon as every event is saved; what is to be done and said is in the same document, so a crash
in between loses neither. Redelivered events are known by their id.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from madoguchi.contracts.ids import new_request_id
from madoguchi.contracts.personal import Contact, NamedPerson, ResidentAnswer
from madoguchi.contracts.vocabulary import Language
from madoguchi.policy.models import Municipality
from madoguchi.store.port import Documents, DuplicateKey, StaleVersion
from madoguchi.text.catalogue import Catalogue
from madoguchi.vault.port import KeyErased, Vault
from request_intake.conversation import turns
from request_intake.conversation.decide import decide
from request_intake.conversation.hear import Intent, intent
from request_intake.conversation.model import (
    AnswerQuestion,
    Cancel,
    Command,
    Context,
    Forget,
    Keep,
    OpenRequest,
    State,
    Submit,
    TakeOtherWay,
    Turn,
)
from request_intake.line.events import Heard
from request_intake.line.finding import ACCESS, located
from request_intake.line.record import (
    CONVERSATIONS,
    MOST_REMEMBERED_EVENTS,
    Answer,
    Application,
    Conversation,
    Order,
    QuestionAnswer,
    from_document,
    to_document,
)
from request_intake.line.render import messages


class Counter(Protocol):
    """What the desk asks of the rest of intake."""

    async def view(self, request_id: str, language: Language) -> OpenRequest | None:
        """The request as the thread may speak of it."""
        ...

    async def looks(self, request_id: str, language: Language) -> tuple[str, ...]:
        """Its access log, a line each, in words."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """Hears the residents of every town."""

    documents: Documents
    vault: Vault
    counter: Counter
    catalogue: Catalogue
    clock: Callable[[], datetime]
    randomness: Callable[[int], bytes]
    wake: Callable[[str], None] = field(default=lambda _key: None)
    """Called with the conversation's key when there is something to do and say."""
    trace: Callable[[], dict[str, str]] = field(default=dict)
    """W3C trace context of the act at hand."""

    async def hear(self, town: Municipality, heard: Heard) -> None:
        """Take one event: durable when this returns. Repeats change nothing."""
        hashes = self.vault.pseudonyms(town.code, "line_user", heard.user_id)
        while True:
            key, document = await located(self.documents, hashes)
            before = from_document(document) if document else self._new(key, town)
            if heard.event_id in before.heard:
                return self.wake(key)
            after = await self._answered(town, before, heard)
            try:
                await (self.documents.replace if document else self.documents.insert)(CONVERSATIONS, to_document(after))
            except (DuplicateKey, StaleVersion):
                await asyncio.sleep(0)
                continue
            return self.wake(key)

    def _new(self, key: str, town: Municipality) -> Conversation:
        return Conversation(key=key, municipality=town.code, generation=self.vault.generation(town.code))

    async def _answered(self, town: Municipality, before: Conversation, heard: Heard) -> Conversation:
        """The conversation after this event."""
        now = self.clock()
        turn = await self._turn(town, before, heard)
        after, orders = await self._carry_out(town, before, heard, turn)
        answer = Answer(
            event_id=heard.event_id,
            heard_at=min(heard.at, now),
            reply_token=heard.reply_token,
            orders=orders,
            messages=tuple(messages(turn.replies)),
            trace=self.trace(),
        )
        return after.model_copy(
            update={
                "version": before.version + 1,
                "state": turn.state,
                "following": heard.kind != "unfollowed",
                "heard": (*before.heard, heard.event_id)[-MOST_REMEMBERED_EVENTS:],
                "answers": (*before.answers, answer) if orders or answer.messages else before.answers,
                "forget_at": now + town.deadlines.conversation if after.preparing else None,
            }
        )

    async def _turn(self, town: Municipality, before: Conversation, heard: Heard) -> Turn:
        context = await self._context(town, before, heard)
        if heard.kind == "followed":
            return turns.followed(before.state, context)
        if heard.kind == "unfollowed":
            return Turn(turns.fresh(before.state), (), (Forget(),))
        return decide(before.state, heard.said, context)

    async def _context(self, town: Municipality, before: Conversation, heard: Heard) -> Context:
        """Read what the answer may need: the latest request, and the access log only when it is asked for."""
        language = before.state.language
        request = None if before.latest is None else await self.counter.view(before.latest, language)
        asked = request is not None and intent(heard.said) is Intent.WHO_LOOKED
        looks = await self.counter.looks(request.request_id, language) if request is not None and asked else ()
        return Context(town, self.catalogue, self.clock(), request, looks)

    async def _carry_out(
        self, town: Municipality, before: Conversation, heard: Heard, turn: Turn
    ) -> tuple[Conversation, tuple[Order, ...]]:
        """Seal what must be kept; turn the other commands into orders that are done after the save."""
        after, orders = await self._with_user(town, before, heard), []
        for command in turn.commands:
            match command:
                case Keep():
                    after = await self._keep(town, after, heard, command)
                case Submit():
                    after = await self._with_contact(town, after, heard, before.state)
                    orders.append(self._submission(after, command))
                    after = after.model_copy(update={"preparing": None, "kept": {}, "latest": after.preparing})
                case AnswerQuestion():
                    orders += await self._answer(command, heard)
                case Forget() | Cancel() | TakeOtherWay():
                    orders += _order(after, command)
                    if isinstance(command, Forget):
                        after = after.model_copy(update={"preparing": None, "kept": {}})
        return after, tuple(orders)

    async def _with_user(self, town: Municipality, before: Conversation, heard: Heard) -> Conversation:
        """Remember, sealed, whom to answer should the reply token run out."""
        if before.user is not None:
            return before
        subject = f"line:{before.key}"
        sealed = await self.vault.begin(subject, town.code, {"contact": Contact(line_user_id=heard.user_id)})
        return before.model_copy(update={"user": sealed["contact"]})

    async def _keep(self, town: Municipality, before: Conversation, heard: Heard, keep: Keep) -> Conversation:
        request_id = before.preparing or new_request_id(self.clock(), self.randomness)
        await self.vault.create_key(request_id, town.code)
        kept = dict(before.kept)
        match keep.field:
            case "email":
                contact = Contact(line_user_id=heard.user_id, email=keep.value)
                kept["contact"] = await self.vault.seal(request_id, "contact", contact)
            case "member_name":
                kept["member_name"] = await self.vault.seal(request_id, "member_name", keep.value.encode())
            case "member_birth_date":
                name = await self.vault.open_bytes(request_id, kept.pop("member_name"), ACCESS)
                member = NamedPerson(name=name.decode(), birth_date=keep.value)
                kept["member"] = await self.vault.seal(request_id, "member", member)
        return before.model_copy(update={"preparing": request_id, "kept": kept})

    async def _answer(self, command: AnswerQuestion, heard: Heard) -> list[Order]:
        """Sealed before it is saved. When the key is gone, so is whoever waited for the answer."""
        try:
            sealed = await self.vault.seal(command.request_id, "answer", ResidentAnswer(text=command.text))
        except KeyErased:
            return []
        given = QuestionAnswer(
            request_id=command.request_id, question_id=command.question_id, answer_id=heard.event_id, sealed=sealed
        )
        return [Order(answer=given)]

    async def _with_contact(self, town: Municipality, before: Conversation, heard: Heard, state: State) -> Conversation:
        """The request's contact: sealed with the e-mail address already, or with the LINE user id alone."""
        if state.email_given and "contact" in before.kept:
            return before
        request_id = before.preparing or new_request_id(self.clock(), self.randomness)
        sealed = await self.vault.begin(request_id, town.code, {"contact": Contact(line_user_id=heard.user_id)})
        return before.model_copy(update={"preparing": request_id, "kept": {**before.kept, **sealed}})

    def _submission(self, conversation: Conversation, command: Submit) -> Order:
        if conversation.preparing is None:
            raise AssertionError("a contact was sealed, so a request is being prepared")
        return Order(
            submit=Application(
                request_id=conversation.preparing,
                certificate=command.certificate,
                options=command.options,
                member=conversation.kept.get("member"),
                contact=conversation.kept["contact"],
                language=command.language,
                agreed_at=self.clock(),
            )
        )


def _order(conversation: Conversation, command: Command) -> list[Order]:
    match command:
        case Forget():
            return [] if conversation.preparing is None else [Order(erase=conversation.preparing)]
        case Cancel():
            return [Order(cancel=command.request_id)]
        case TakeOtherWay():
            return [Order(redirect=command.request_id, way=command.way)]
        case _:
            return []
