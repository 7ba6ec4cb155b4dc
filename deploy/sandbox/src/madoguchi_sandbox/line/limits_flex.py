"""Limits of the components inside a flex bubble. Pure."""

import re
from collections.abc import Iterator
from typing import Any

from madoguchi_sandbox.line.errors import Detail
from madoguchi_sandbox.line.limits_parts import action, image_url, length, listed

DEEPEST = 20
MOST_LABEL = 40
_TYPES = ("box", "button", "image", "video", "icon", "text", "span", "separator", "filler")
_LAYOUTS = ("horizontal", "vertical", "baseline")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?")
_COLOURS = ("color", "backgroundColor", "borderColor")


def flex(value: Any, at: str, depth: int = 0) -> Iterator[Detail]:
    """What is wrong with a component and with everything inside it."""
    if not isinstance(value, dict) or value.get("type") not in _TYPES:
        yield Detail(f"Must be one of the following values: [{', '.join(_TYPES)}]", f"{at}.type")
        return
    if depth > DEEPEST:
        yield Detail("Nested too deeply", at)
        return
    for name in _COLOURS:
        if value.get(name) is not None and not _COLOUR.fullmatch(str(value[name])):
            yield Detail("Must be a colour code", f"{at}.{name}")
    yield from _component(value, at, depth)
    if value["type"] not in ("button",) and value.get("action") is not None:
        yield from action(value["action"], f"{at}.action", label=MOST_LABEL, label_required=False)


def _component(value: dict[str, Any], at: str, depth: int) -> Iterator[Detail]:
    match value["type"]:
        case "box":
            if value.get("layout") not in _LAYOUTS:
                yield Detail(f"Must be one of the following values: [{', '.join(_LAYOUTS)}]", f"{at}.layout")
            yield from _contents(value.get("contents"), f"{at}.contents", depth)
        case "button":
            yield from action(value.get("action"), f"{at}.action", label=MOST_LABEL)
        case "image" | "icon":
            yield from image_url(value.get("url"), f"{at}.url")
        case "video":
            yield from image_url(value.get("url"), f"{at}.url")
            yield from image_url(value.get("previewUrl"), f"{at}.previewUrl")
        case "text":
            if value.get("contents"):
                yield from _contents(value["contents"], f"{at}.contents", depth)
            else:
                yield from length(value.get("text"), f"{at}.text", 2000)
        case "span":
            yield from length(value.get("text"), f"{at}.text", 2000)


def _contents(value: Any, at: str, depth: int) -> Iterator[Detail]:
    yield from listed(value, at, 0, 200)
    for number, one in enumerate(value if isinstance(value, list) else []):
        yield from flex(one, f"{at}[{number}]", depth + 1)
