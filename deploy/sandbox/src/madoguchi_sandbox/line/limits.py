"""LINE's documented limits for what a bot sends, checked field by field. Pure: JSON in, what is wrong out.

Lengths are counted in UTF-16 code units, as LINE does. After these checks, line-bot-sdk's own models have the last
word, and a field that they don't know is an error: nothing a bot sends may fall under the table.
"""

import json
from collections.abc import Iterator
from typing import Any

from linebot.v3.messaging import models
from pydantic.v1 import ValidationError

from madoguchi_sandbox.line.errors import Detail
from madoguchi_sandbox.line.limits_flex import flex
from madoguchi_sandbox.line.limits_parts import action, image_url, length, listed, required_url, utf16
from madoguchi_sandbox.line.limits_templates import template

MOST_MESSAGES = 5
MOST_TEXT = 5000
MOST_ALT_TEXT = 1500
MOST_QUICK_REPLIES = 13
MOST_QUICK_REPLY_LABEL = 20
LARGEST_BUBBLE = 30 * 1024
LARGEST_CAROUSEL = 50 * 1024
TYPES = (
    "text", "textV2", "sticker", "image", "video", "audio", "location", "imagemap", "template", "flex", "coupon",
)  # fmt: skip


def check_messages(messages: Any) -> list[Detail]:
    """Everything wrong with the `messages` of a request, each with its place."""
    if not isinstance(messages, list) or not 1 <= len(messages) <= MOST_MESSAGES:
        return [Detail(f"Size must be between 1 and {MOST_MESSAGES}", "messages")]
    return [found for number, one in enumerate(messages) for found in _message(one, f"messages[{number}]")]


def _message(message: Any, at: str) -> list[Detail]:
    if not isinstance(message, dict):
        return [Detail("Must be an object", at)]
    if message.get("type") not in TYPES:
        return [Detail(f"Must be one of the following values: [{', '.join(TYPES)}]", f"{at}.type")]
    found = [
        *_content(message, at),
        *_quick_reply(message.get("quickReply"), f"{at}.quickReply"),
        *_sender(message, at),
    ]
    return found or _model(message, at)


def _content(message: dict[str, Any], at: str) -> Iterator[Detail]:
    match message["type"]:
        case "text" | "textV2":
            yield from length(message.get("text"), f"{at}.text", MOST_TEXT)
        case "sticker":
            yield from length(message.get("packageId"), f"{at}.packageId", 100)
            yield from length(message.get("stickerId"), f"{at}.stickerId", 100)
        case "image" | "video":
            yield from required_url(message.get("originalContentUrl"), f"{at}.originalContentUrl")
            yield from required_url(message.get("previewImageUrl"), f"{at}.previewImageUrl")
        case "audio":
            yield from required_url(message.get("originalContentUrl"), f"{at}.originalContentUrl")
        case "location":
            yield from length(message.get("title"), f"{at}.title", 100)
            yield from length(message.get("address"), f"{at}.address", 100)
        case "template":
            yield from length(message.get("altText"), f"{at}.altText", MOST_ALT_TEXT)
            yield from template(message.get("template"), f"{at}.template")
        case "flex":
            yield from length(message.get("altText"), f"{at}.altText", MOST_ALT_TEXT)
            yield from _container(message.get("contents"), f"{at}.contents")


def _container(contents: Any, at: str) -> Iterator[Detail]:
    """A bubble, or up to twelve of them."""
    kind = contents.get("type") if isinstance(contents, dict) else None
    if kind == "bubble":
        yield from _bubble(contents, at)
    elif kind == "carousel":
        bubbles = contents.get("contents")
        yield from listed(bubbles, f"{at}.contents", 1, 12)
        for number, bubble in enumerate(bubbles if isinstance(bubbles, list) else []):
            yield from _bubble(bubble, f"{at}.contents[{number}]")
        if _size(contents) > LARGEST_CAROUSEL:
            yield Detail("Carousel must be 50 KB or less", at)
    else:
        yield Detail("Must be one of the following values: [bubble, carousel]", f"{at}.type")


def _bubble(bubble: Any, at: str) -> Iterator[Detail]:
    if not isinstance(bubble, dict) or bubble.get("type") != "bubble":
        yield Detail("Must be a bubble", at)
        return
    if _size(bubble) > LARGEST_BUBBLE:
        yield Detail("Bubble must be 30 KB or less", at)
    blocks = {name: bubble[name] for name in ("header", "hero", "body", "footer") if bubble.get(name) is not None}
    if not blocks:
        yield Detail("At least one block must be specified", at)
    for name, block in blocks.items():
        if name != "hero" and (not isinstance(block, dict) or block.get("type") != "box"):
            yield Detail("Must be a box", f"{at}.{name}")
        else:
            yield from flex(block, f"{at}.{name}")
    if bubble.get("action") is not None:
        yield from action(bubble["action"], f"{at}.action", label=None)


def _quick_reply(quick_reply: Any, at: str) -> Iterator[Detail]:
    if quick_reply is None:
        return
    items = quick_reply.get("items") if isinstance(quick_reply, dict) else None
    yield from listed(items, f"{at}.items", 1, MOST_QUICK_REPLIES)
    for number, item in enumerate(items if isinstance(items, list) else []):
        place = f"{at}.items[{number}]"
        if not isinstance(item, dict) or item.get("type", "action") != "action":
            yield Detail("Must be an action item", place)
            continue
        if item.get("imageUrl") is not None:
            yield from image_url(item["imageUrl"], f"{place}.imageUrl")
        yield from action(item.get("action"), f"{place}.action", label=MOST_QUICK_REPLY_LABEL)


def _sender(message: dict[str, Any], at: str) -> Iterator[Detail]:
    sender = message.get("sender")
    if isinstance(sender, dict) and utf16(str(sender.get("name") or "")) > 20:
        yield Detail("Length must be between 0 and 20", f"{at}.sender.name")


def _model(message: dict[str, Any], at: str) -> list[Detail]:
    """What line-bot-sdk's models say, and what they would drop in silence."""
    try:
        parsed = models.Message.from_dict(message)
    except ValidationError as error:
        return [Detail(str(e["msg"]), ".".join([at, *map(str, e["loc"])])) for e in error.errors()]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return [Detail(f"Cannot be read ({type(error).__name__})", at)]
    return [Detail("Unknown field", place) for place in _dropped(message, parsed.to_dict(), at)]


def _dropped(sent: Any, kept: Any, at: str) -> Iterator[str]:
    """Places of fields that did not survive the model."""
    if isinstance(sent, dict) and isinstance(kept, dict):
        for name, value in sent.items():
            if value is not None and name not in kept:
                yield f"{at}.{name}"
            else:
                yield from _dropped(value, kept.get(name), f"{at}.{name}")
    elif isinstance(sent, list) and isinstance(kept, list):
        for number, (one, other) in enumerate(zip(sent, kept, strict=False)):
            yield from _dropped(one, other, f"{at}[{number}]")


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
