"""LINE's webhook: the signature over the raw body, and its events as what the conversation understands. Pure.

Types come from line-bot-sdk; unknown events and fields are passed over, as LINE adds some without notice.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from linebot.v3 import webhooks
from pydantic import ValidationError

from request_intake.conversation.model import Said

Kind = Literal["said", "followed", "unfollowed"]


class WebhookInvalid(Exception):
    """The body is not a webhook call."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One event of one resident. `repr` hides who and what."""

    event_id: str
    user_id: str
    at: datetime
    kind: Kind
    said: Said
    reply_token: str = ""

    def __repr__(self) -> str:
        return f"Heard({self.event_id}, {self.kind})"


def signature_holds(secrets: Sequence[bytes], body: bytes, signature: str) -> bool:
    """Whether `x-line-signature` is base64(HMAC-SHA256(channel secret, raw body)) for one of them; constant time."""
    expected = [base64.b64encode(hmac.digest(secret, body, hashlib.sha256)) for secret in secrets]
    return any(hmac.compare_digest(each, signature.encode("utf-8", "replace")) for each in expected)


def read(body: bytes) -> list[Heard]:
    """The events of a call that are for us, oldest first. Raises `WebhookInvalid`."""
    try:
        events = json.loads(body)["events"]
        heard = [event for raw in events if (event := _event(raw))]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WebhookInvalid("not a webhook body") from error
    return sorted(heard, key=lambda event: event.at)


def _event(raw: dict[str, Any]) -> Heard | None:
    """One event, or None when it is not for a resident's conversation (groups, standby mode, unknown types)."""
    try:
        event = webhooks.Event.from_dict(raw)
    except (ValueError, ValidationError):
        return None
    user_id = getattr(event.source, "user_id", None)
    if event.mode != "active" or not isinstance(event.source, webhooks.UserSource) or not user_id:
        return None
    meant = _meaning(event)
    if meant is None:
        return None
    kind, said = meant
    at = datetime.fromtimestamp(event.timestamp / 1000, UTC)
    return Heard(event.webhook_event_id, user_id, at, kind, said, getattr(event, "reply_token", None) or "")


def _meaning(event: webhooks.Event) -> tuple[Kind, Said] | None:
    """What the resident did."""
    match event:
        case webhooks.MessageEvent(message=webhooks.TextMessageContent() as message):
            return "said", Said(text=message.text)
        case webhooks.MessageEvent():
            return "said", Said(other=str(event.message.type))
        case webhooks.PostbackEvent():
            return "said", Said(data=event.postback.data)
        case webhooks.FollowEvent():
            return "followed", Said()
        case webhooks.UnfollowEvent():
            return "unfollowed", Said()
        case _:
            return None
