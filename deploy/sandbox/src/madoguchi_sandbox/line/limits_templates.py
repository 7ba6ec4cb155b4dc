"""Limits of template messages (buttons, confirm, carousels). Pure."""

from collections.abc import Iterator
from typing import Any

from madoguchi_sandbox.line.errors import Detail
from madoguchi_sandbox.line.limits_parts import action, image_url, length, listed, optional

_TYPES = ("buttons", "confirm", "carousel", "image_carousel")
_LABEL = 20


def template(value: Any, at: str) -> Iterator[Detail]:
    """What is wrong with a template."""
    kind = value.get("type") if isinstance(value, dict) else None
    match kind:
        case "buttons":
            yield from _card(value, at, most_actions=4, plain_text=160)
        case "confirm":
            yield from length(value.get("text"), f"{at}.text", 240)
            yield from _actions(value.get("actions"), f"{at}.actions", 2, 2)
        case "carousel":
            columns = value.get("columns")
            yield from listed(columns, f"{at}.columns", 1, 10)
            for number, column in enumerate(columns if isinstance(columns, list) else []):
                yield from _card(column, f"{at}.columns[{number}]", most_actions=3, plain_text=120)
        case "image_carousel":
            yield from _pictures(value.get("columns"), f"{at}.columns")
        case _:
            yield Detail(f"Must be one of the following values: [{', '.join(_TYPES)}]", f"{at}.type")


def _card(value: Any, at: str, *, most_actions: int, plain_text: int) -> Iterator[Detail]:
    """Text is shorter where a title or a picture takes its room."""
    if not isinstance(value, dict):
        yield Detail("Must be an object", at)
        return
    decorated = value.get("title") is not None or value.get("thumbnailImageUrl") is not None
    yield from length(value.get("text"), f"{at}.text", 60 if decorated else plain_text)
    yield from optional(value.get("title"), f"{at}.title", 40)
    if value.get("thumbnailImageUrl") is not None:
        yield from image_url(value["thumbnailImageUrl"], f"{at}.thumbnailImageUrl")
    if value.get("defaultAction") is not None:
        yield from action(value["defaultAction"], f"{at}.defaultAction", label=None)
    yield from _actions(value.get("actions"), f"{at}.actions", 1, most_actions)


def _actions(value: Any, at: str, least: int, most: int) -> Iterator[Detail]:
    yield from listed(value, at, least, most)
    for number, one in enumerate(value if isinstance(value, list) else []):
        yield from action(one, f"{at}[{number}]", label=_LABEL)


def _pictures(columns: Any, at: str) -> Iterator[Detail]:
    yield from listed(columns, at, 1, 10)
    for number, column in enumerate(columns if isinstance(columns, list) else []):
        place = f"{at}[{number}]"
        if not isinstance(column, dict):
            yield Detail("Must be an object", place)
            continue
        yield from image_url(column.get("imageUrl"), f"{place}.imageUrl")
        yield from action(column.get("action"), f"{place}.action", label=12, label_required=False)
