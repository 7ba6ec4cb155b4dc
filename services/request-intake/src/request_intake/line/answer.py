"""After the save: do what the conversation ordered, then say what it answered. Survives crashes by starting again."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import structlog
from aiohttp import ClientError
from linebot.v3.messaging import ApiException
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from madoguchi.contracts.personal import Contact
from madoguchi.contracts.vocabulary import OtherWay
from madoguchi.store.aggregates import instant
from madoguchi.store.port import Documents, StaleVersion
from madoguchi.telemetry import traces
from madoguchi.vault.port import KeyErased, Vault
from request_intake.conversation import turns
from request_intake.line.finding import ACCESS
from request_intake.line.record import (
    CONVERSATIONS,
    Answer,
    Application,
    Conversation,
    Order,
    QuestionAnswer,
    from_document,
    to_document,
)
from request_intake.line.sender import LineSender

log = structlog.get_logger()

ATTEMPTS = 4
_PASSING = (ApiException, ClientError, TimeoutError, OSError)


class Acts(Protocol):
    """What the conversation can order; each is safe to repeat."""

    async def submit(self, municipality: str, application: Application) -> None:
        """Store the request."""
        ...

    async def cancel(self, request_id: str) -> None:
        """Take the request back."""
        ...

    async def redirect(self, request_id: str, way: OtherWay) -> None:
        """End the request in favour of the counter or the post."""
        ...

    async def answer(self, given: QuestionAnswer) -> None:
        """Hand the answer to the clerk."""
        ...


@dataclass(frozen=True, slots=True)
class Answerer:
    """Works through the answers of every conversation, each conversation's in order."""

    documents: Documents
    vault: Vault
    acts: Acts
    senders: Mapping[str, LineSender]
    """By municipality."""
    clock: Callable[[], datetime]
    waiting: "asyncio.Queue[str]" = field(default_factory=asyncio.Queue)

    def wake(self, key: str) -> None:
        """Look at this conversation now."""
        self.waiting.put_nowait(key)

    async def run(self, width: int = 16) -> None:
        """Answer until cancelled; `width` conversations side by side."""
        busy: set[str] = set()
        async with asyncio.TaskGroup() as group:
            for _ in range(width):
                group.create_task(self._work(busy))

    async def _work(self, busy: set[str]) -> None:
        while True:
            key = await self.waiting.get()
            if key in busy:
                await asyncio.sleep(0.01)
                self.wake(key)
                continue
            busy.add(key)
            try:
                await self.answer(key)
            except Exception as error:  # noqa: BLE001 - the sweep takes it up again; one resident must not stop the others
                log.warning("chat answer failed", conversation=key, error=type(error).__name__)
            finally:
                busy.discard(key)

    async def sweep(self) -> None:
        """Take up answers that a crash or a fault left behind."""
        now = instant(self.clock())
        for document in await self.documents.find(CONVERSATIONS, at_most=("pending_at", now), order_by="pending_at"):
            self.wake(document["_id"])

    async def forget(self) -> None:
        """Forget applications that nobody finished: their key is destroyed."""
        now = instant(self.clock())
        for document in await self.documents.find(CONVERSATIONS, at_most=("due_at", now), order_by="due_at"):
            conversation = from_document(document)
            if conversation.preparing is not None:
                await self.vault.erase(conversation.preparing)
            fresh = turns.fresh(conversation.state)
            update: dict[str, object] = {"preparing": None, "kept": {}, "forget_at": None, "state": fresh}
            await self._save(conversation, update)

    async def answer(self, key: str) -> None:
        """Do and say everything that waits in one conversation."""
        while (document := await self.documents.get(CONVERSATIONS, key)) is not None:
            conversation = from_document(document)
            if not conversation.answers:
                return
            first = conversation.answers[0]
            with traces.acting("answer chat", parent=first.trace):
                for order in first.orders:
                    await self._do(conversation, order)
                if first.messages and conversation.following:
                    await self._say(conversation, first)
            await self._save(conversation, {"answers": conversation.answers[1:]})

    async def _save(self, conversation: Conversation, update: Mapping[str, object]) -> None:
        """Someone else's save in between is fine: the loop (or the next sweep) reads again."""
        after = conversation.model_copy(update={**update, "version": conversation.version + 1})
        try:
            await self.documents.replace(CONVERSATIONS, to_document(after))
        except StaleVersion:
            log.debug("conversation moved on", conversation=conversation.key)

    async def _do(self, conversation: Conversation, order: Order) -> None:
        if order.erase is not None:
            await self.vault.erase(order.erase)
        if order.submit is not None:
            await self.acts.submit(conversation.municipality, order.submit)
        if order.cancel is not None:
            await self.acts.cancel(order.cancel)
        if order.answer is not None:
            await self.acts.answer(order.answer)
        if order.redirect is not None and order.way is not None:
            await self.acts.redirect(order.redirect, order.way)

    async def _say(self, conversation: Conversation, answer: Answer) -> None:
        sender = self.senders[conversation.municipality]
        try:
            async for attempt in AsyncRetrying(
                retry=retry_if_exception_type(_PASSING),
                stop=stop_after_attempt(ATTEMPTS),
                wait=wait_exponential_jitter(multiplier=0.2, max=5, jitter=0.2),
                reraise=True,
            ):
                with attempt:
                    await self._send(sender, conversation, answer)
        except ApiException as error:
            # Refused for good, or the channel's month is used up: the status page still says it all.
            log.warning("chat answer not taken", conversation=conversation.key, status=error.status)

    async def _send(self, sender: LineSender, conversation: Conversation, answer: Answer) -> None:
        said = list(answer.messages)
        if await sender.reply(answer.reply_token, said, heard_at=answer.heard_at, now=self.clock()):
            return
        if conversation.user is None:
            return
        try:
            contact = await self.vault.open(f"line:{conversation.key}", conversation.user, Contact, ACCESS)
        except KeyErased:
            return
        if contact.line_user_id is not None:
            await sender.push(contact.line_user_id, said, key=answer.event_id)
