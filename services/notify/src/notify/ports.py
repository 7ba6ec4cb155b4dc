"""What notify asks of the outside: channels that take a message and say truthfully what became of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from madoguchi.contracts.personal import Contact
from madoguchi.contracts.vocabulary import Language, NoticeKind
from notify.domain.model import Outcome


@dataclass(frozen=True, slots=True)
class Button:
    """A button that opens a page."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Message:
    """A notice in words, the same for every channel."""

    notice_id: str
    kind: NoticeKind
    language: Language
    town: str
    title: str
    text: str
    phrase: str
    footer: str
    buttons: tuple[Button, ...]
    event_at: datetime
    """When that happened which it tells."""
    picture: str | None = None
    """URL of a picture without personal data."""


class Line(Protocol):
    """A town's LINE channel. Doing it twice is doing it once: the key is derived from the notice."""

    async def send(self, contact: Contact, message: Message) -> Outcome:
        """Push one message."""
        ...


class Mail(Protocol):
    """A town's mail relay. SMTP knows no idempotency: the Message-ID is derived, a rare duplicate is accepted."""

    async def send(self, contact: Contact, message: Message) -> Outcome:
        """Send one mail."""
        ...


Channel = Line | Mail
