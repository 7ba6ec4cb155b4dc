"""Limits that many kinds of message share: lengths, addresses, actions. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from madoguchi_sandbox.line.errors import Detail

MOST_URI = 1000
MOST_IMAGE_URL = 2000
MOST_DATA = 300
LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Plain http is taken for these hosts only: the one thing in which the sandbox is more lenient than LINE."""

_ACTIONS = ("postback", "message", "uri", "datetimepicker", "camera", "cameraRoll", "location", "clipboard")


def utf16(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def length(value: Any, at: str, most: int, least: int = 1) -> Iterator[Detail]:
    """A required text within its length."""
    if not isinstance(value, str) or (least and not value):
        yield Detail("May not be empty", at)
    elif not least <= utf16(value) <= most:
        yield Detail(f"Length must be between {least} and {most}", at)


def optional(value: Any, at: str, most: int) -> Iterator[Detail]:
    """A text within its length, or none."""
    if value is not None:
        yield from length(value, at, most, least=0)


def listed(value: Any, at: str, least: int, most: int) -> Iterator[Detail]:
    """A list of the right size."""
    if not isinstance(value, list) or not least <= len(value) <= most:
        yield Detail(f"Size must be between {least} and {most}", at)


def image_url(value: Any, at: str) -> Iterator[Detail]:
    """Address of a picture: https, 2,000 characters."""
    if not isinstance(value, str) or not value or utf16(value) > MOST_IMAGE_URL:
        yield Detail(f"Length must be between 1 and {MOST_IMAGE_URL}", at)
    elif not _secure(value):
        yield Detail("invalid uri scheme", at)


required_url = image_url


def _secure(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK))


def _openable(uri: str) -> bool:
    """LINE opens http, https, line and tel addresses."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    if parts.scheme in ("http", "https"):
        return bool(parts.hostname) and (parts.scheme == "https" or parts.hostname in LOOPBACK)
    return parts.scheme in ("tel", "line") and bool(parts.path or parts.netloc)


def action(value: Any, at: str, *, label: int | None, label_required: bool = True) -> Iterator[Detail]:
    """An action; `label` is the most its label may have, None where the surroundings show no label."""
    if not isinstance(value, dict):
        yield Detail("May not be empty", at)
        return
    if value.get("type") not in _ACTIONS:
        yield Detail(f"Must be one of the following values: [{', '.join(_ACTIONS)}]", f"{at}.type")
        return
    if label is not None and (label_required or value.get("label") is not None):
        yield from length(value.get("label"), f"{at}.label", label)
    yield from _deed(value, at)


def _deed(value: Mapping[str, Any], at: str) -> Iterator[Detail]:
    match value["type"]:
        case "postback":
            yield from length(value.get("data"), f"{at}.data", MOST_DATA)
            yield from optional(value.get("displayText"), f"{at}.displayText", 300)
            yield from optional(value.get("text"), f"{at}.text", 300)
            yield from optional(value.get("fillInText"), f"{at}.fillInText", 300)
        case "message":
            yield from length(value.get("text"), f"{at}.text", 300)
        case "uri":
            yield from _uri(value.get("uri"), f"{at}.uri")
        case "datetimepicker":
            yield from length(value.get("data"), f"{at}.data", MOST_DATA)
            if value.get("mode") not in ("date", "time", "datetime"):
                yield Detail("Must be one of the following values: [date, time, datetime]", f"{at}.mode")
        case "clipboard":
            yield from length(value.get("clipboardText"), f"{at}.clipboardText", 1000)


def _uri(value: Any, at: str) -> Iterator[Detail]:
    if not isinstance(value, str) or not 1 <= utf16(value) <= MOST_URI:
        yield Detail(f"Length must be between 1 and {MOST_URI}", at)
    elif not _openable(value):
        yield Detail("invalid uri scheme", at)
