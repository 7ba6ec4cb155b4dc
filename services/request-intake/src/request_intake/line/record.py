"""One conversation as stored: state, what was heard, what is still to be answered. Personal data is sealed."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from madoguchi.contracts.events import CertificateOptions
from madoguchi.contracts.vocabulary import CertificateKind, Language, OtherWay, QuestionId, RequestId, SealedText
from madoguchi.store.aggregates import instant
from madoguchi.store.port import Collection, Document, Index
from request_intake.conversation.model import State

CONVERSATIONS = Collection("conversations", (Index("pending_at"), Index("due_at")))
MOST_REMEMBERED_EVENTS = 200
"""Webhook event ids kept to know a redelivery; LINE redelivers for hours, nobody writes that much meanwhile."""


class Part(BaseModel):
    """Frozen; tolerant of fields that a newer version wrote."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Order(Part):
    """A thing to do before the answer is sent; doing it twice is doing it once."""

    erase: RequestId | None = None
    submit: "Application | None" = None
    cancel: RequestId | None = None
    redirect: RequestId | None = None
    way: OtherWay | None = None
    answer: "QuestionAnswer | None" = None


class QuestionAnswer(Part):
    """An answer to a clerk's question, sealed under the request's key."""

    request_id: RequestId
    question_id: QuestionId
    answer_id: str
    sealed: SealedText


class Application(Part):
    """A request agreed in the thread, all personal data sealed under its own key."""

    request_id: RequestId
    certificate: CertificateKind
    options: CertificateOptions
    member: SealedText | None
    contact: SealedText
    language: Language
    agreed_at: datetime


class Answer(Part):
    """What one webhook event still wants done and said."""

    event_id: str
    heard_at: datetime
    reply_token: str
    orders: tuple[Order, ...] = ()
    messages: tuple[dict[str, Any], ...] = ()
    trace: dict[str, str] = {}
    """W3C trace context of the webhook call."""


class Conversation(Part):
    """The stored conversation; its key is a keyed hash of the LINE user id (see `finding`)."""

    key: str
    version: int = 0
    municipality: str
    generation: str = ""
    """Of the newest index key that leads here."""
    state: State = State()
    user: SealedText | None = None
    """Sealed `Contact` with the LINE user id, under the subject `line:<key>`."""
    preparing: RequestId | None = None
    """The request being put together; its data key exists from the first personal detail on."""
    kept: dict[str, SealedText] = {}
    latest: RequestId | None = None
    following: bool = True
    heard: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()
    forget_at: datetime | None = None
    """When an unfinished application is forgotten."""


def to_document(conversation: Conversation) -> Document:
    """For the store; `pending_at` and `due_at` are there only while something is awaited."""
    document: Document = {
        "_id": conversation.key,
        "version": conversation.version,
        "conversation": conversation.model_dump(mode="json", exclude={"key", "version"}),
    }
    if conversation.answers:
        document["pending_at"] = instant(conversation.answers[0].heard_at)
    if conversation.forget_at is not None:
        document["due_at"] = instant(conversation.forget_at)
    return document


def from_document(document: Document) -> Conversation:
    """The conversation again."""
    fields = {"key": document["_id"], "version": document["version"], **document["conversation"]}
    return Conversation.model_validate(fields)
