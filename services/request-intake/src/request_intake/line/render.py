"""Replies as LINE messages, within LINE's limits (5 a call, quick-reply labels 20, text 5,000 characters). Pure."""

from collections.abc import Sequence
from typing import Any

from linebot.v3 import messaging

from request_intake.conversation.model import Choice, Reply

MOST_MESSAGES = 5
MOST_QUICK_REPLIES = 13
MOST_LABEL = 20
MOST_ALT_TEXT = 400


def messages(replies: Sequence[Reply]) -> list[dict[str, Any]]:
    """Message objects of the Messaging API. LINE shows only the last message's quick replies, so they go there."""
    shown = list(replies)[-MOST_MESSAGES:]
    rendered = [_message(reply, shown[-1].choices if last else ()) for reply, last in _with_last(shown)]
    return [message.to_dict() for message in rendered]


def _with_last(replies: list[Reply]) -> list[tuple[Reply, bool]]:
    return [(reply, position == len(replies) - 1) for position, reply in enumerate(replies)]


def _message(reply: Reply, choices: tuple[Choice, ...]) -> messaging.Message:
    quick_reply = _quick_reply(choices)
    if reply.link is None:
        return messaging.TextMessage(text=reply.text, quickReply=quick_reply)
    text = messaging.FlexText(text=reply.text, wrap=True)
    button = messaging.FlexButton(
        style="primary", action=messaging.URIAction(label=reply.link.label[:MOST_LABEL], uri=reply.link.url)
    )
    bubble = messaging.FlexBubble(
        body=messaging.FlexBox(layout="vertical", contents=[text]),
        footer=messaging.FlexBox(layout="vertical", contents=[button]),
    )
    return messaging.FlexMessage(altText=reply.text[:MOST_ALT_TEXT], contents=bubble, quickReply=quick_reply)


def _quick_reply(choices: tuple[Choice, ...]) -> messaging.QuickReply | None:
    if not choices:
        return None
    items = [
        messaging.QuickReplyItem(
            action=messaging.PostbackAction(label=c.label[:MOST_LABEL], data=c.data, displayText=c.label)
        )
        for c in choices[:MOST_QUICK_REPLIES]
    ]
    return messaging.QuickReply(items=items)
