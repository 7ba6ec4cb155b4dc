"""What the clerks' console publishes on `madoguchi.decisions.v1`."""

from typing import Literal

from madoguchi.contracts.events.base import Event
from madoguchi.contracts.vocabulary import (
    Instant,
    Language,
    NoticeChannel,
    QuestionId,
    ResidentQuestion,
    SealedText,
)


class Decision(Event):
    """What every clerk's decision states; `clerk` and `approver` are staff numbers, not names."""

    decision: Literal["approve", "refuse"]
    clerk: str
    approver: str | None = None
    decided_at: Instant


class IdentityDecided(Decision):
    """A clerk decided a case that identity referred."""

    TYPE = "jp.madoguchi.identity.decided.v1"
    attributes: SealedText | None = None
    """Sealed `CardAttributes`, as the clerk confirmed them; needed to approve."""


class IssuanceDecided(Decision):
    """A clerk decided a case that issuance referred."""

    TYPE = "jp.madoguchi.issuance.decided.v1"
    choice: SealedText | None = None
    """Sealed `ClerkChoice`; needed to approve."""


class ResidentAsked(Event):
    """A clerk who holds the case asks the resident something (照会)."""

    TYPE = "jp.madoguchi.resident.asked.v1"
    question_id: QuestionId
    question: ResidentQuestion
    clerk: str
    """Staff number."""
    asked_at: Instant
    answer_by: Instant | None = None
    """By when the clerk wants to know; an answer that comes later is taken too, while the case is with a clerk."""


class NoticeResendRequested(Event):
    """A clerk wants a notice sent once more, on these channels."""

    TYPE = "jp.madoguchi.notice.resend_requested.v1"
    notice_id: str
    """As `NoticeSent` or `NoticeFailed` named it."""
    channels: tuple[NoticeChannel, ...]
    """None: all that the resident has."""
    clerk: str
    """Staff number."""
    requested_at: Instant


class ChannelTestRequested(Event):
    """A clerk or operator wants to see whether a town's channel takes messages.

    `request_id` is an id made for this test; no request has it. The contact is sealed under its key, which the console
    makes before and destroys after the test.
    """

    TYPE = "jp.madoguchi.channel.test_requested.v1"
    channel: NoticeChannel
    contact: SealedText
    """Sealed `Contact` of a member of staff."""
    language: Language
    clerk: str
    """Staff number."""
    requested_at: Instant
