"""What a resident does in the app, as the webhook events LINE makes of it."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from madoguchi.contracts.ids import ulid
from madoguchi_sandbox.line.channel import Channel, message_id
from madoguchi_sandbox.line.model import Json, User


class NotPossible(Exception):
    """The app would not let a resident do this."""


def register(channel: Channel, user_id: str | None, display_name: str, language: str) -> User:
    """A new user of the platform, not yet a friend of the account."""
    chosen = user_id or f"U{secrets.token_hex(16)}"
    if chosen not in channel.memory.users:
        channel.record("user", user_id=chosen, display_name=display_name, language=language)
    return channel.memory.users[chosen]


def follow(channel: Channel, user_id: str, now: datetime) -> Json:
    """Add the account as a friend, or take the block back."""
    user = _user(channel, user_id)
    unblocked = user.blocked
    channel.record("relation", user_id=user_id, following=True, blocked=False)
    return _happen(channel, user_id, now, "follow", {"follow": {"isUnblocked": unblocked}}, reply=True)


def unfollow(channel: Channel, user_id: str, now: datetime) -> Json:
    """Block the account: nothing arrives any more, and no reply is possible."""
    _user(channel, user_id)
    channel.record("relation", user_id=user_id, following=False, blocked=True)
    return _happen(channel, user_id, now, "unfollow", {}, reply=False)


def say(channel: Channel, user_id: str, now: datetime, text: str) -> Json:
    """Write a text."""
    if not text.strip():
        raise NotPossible("an empty message can't be sent")
    message = {"type": "text", "id": message_id(), "quoteToken": secrets.token_urlsafe(16), "text": text}
    return _message(channel, user_id, now, message, shown={"type": "text", "text": text})


def sticker(channel: Channel, user_id: str, now: datetime, package_id: str, sticker_id: str) -> Json:
    """Send a sticker."""
    message = {
        "type": "sticker",
        "id": message_id(),
        "quoteToken": secrets.token_urlsafe(16),
        "packageId": package_id,
        "stickerId": sticker_id,
        "stickerResourceType": "STATIC",
    }
    return _message(channel, user_id, now, message, shown={"type": "sticker", "stickerId": sticker_id})


def picture(channel: Channel, user_id: str, now: datetime, data: bytes, content_type: str) -> Json:
    """Send a picture."""
    message: Json = {
        "type": "image",
        "id": message_id(),
        "quoteToken": secrets.token_urlsafe(16),
        "contentProvider": {"type": "line"},
    }
    channel.keep_content(message["id"], data)
    return _message(
        channel, user_id, now, message, shown={"type": "image", "contentType": content_type}, kind=content_type
    )


def postback(
    channel: Channel,
    user_id: str,
    now: datetime,
    data: str,
    *,
    shown: str | None = None,
    params: Mapping[str, str] | None = None,
) -> Json:
    """Press a button; `shown` appears in the thread as if the resident had written it."""
    content: Json = {"data": data}
    if params:
        content["params"] = dict(params)
    display = None if shown is None else {"type": "text", "text": shown}
    return _happen(channel, user_id, now, "postback", {"postback": content}, shown=display, reply=True)


def unsend(channel: Channel, user_id: str, now: datetime, message: str) -> Json:
    """Take an own message back."""
    mine = [entry["id"] for entry in channel.memory.threads.get(user_id, []) if entry["from"] == "resident"]
    if message not in mine:
        raise NotPossible("that message is not this user's")
    return _happen(channel, user_id, now, "unsend", {"unsend": {"messageId": message}}, reply=False)


def _user(channel: Channel, user_id: str) -> User:
    user = channel.memory.users.get(user_id)
    if user is None:
        raise NotPossible("no such user on this account")
    return user


def _message(channel: Channel, user_id: str, now: datetime, message: Json, *, shown: Json, kind: str = "") -> Json:
    content = {"message": message}
    return _happen(channel, user_id, now, "message", content, shown=shown, reply=True, content_type=kind)


def _happen(
    channel: Channel,
    user_id: str,
    now: datetime,
    kind: str,
    content: Mapping[str, Any],
    *,
    shown: Json | None = None,
    reply: bool,
    content_type: str = "",
) -> Json:
    """Record the event. A blocked account is told nothing but the block itself."""
    user = _user(channel, user_id)
    if kind in ("message", "postback") and not user.following:
        raise NotPossible("the account must be a friend first")
    event: Json = {
        "type": kind,
        "mode": "active",
        "timestamp": int(now.timestamp() * 1000),
        "source": {"type": "user", "userId": user_id},
        "webhookEventId": ulid(now, secrets.token_bytes).upper(),
        "deliveryContext": {"isRedelivery": False},
        **content,
    }
    if reply:
        event["replyToken"] = secrets.token_hex(16)
    channel.record("event", user_id=user_id, event=event, shown=shown, content_type=content_type)
    return event
