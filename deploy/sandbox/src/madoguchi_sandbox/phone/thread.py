"""Messages as HTML: fragments for the phone, and a whole thread as one file that needs nothing else."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from functools import partial
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from madoguchi.contracts.vocabulary import Language
from madoguchi.text.catalogue import Catalogue

PACKAGE = "madoguchi_sandbox.phone"
JAPAN = timezone(timedelta(hours=9))

Entry = dict[str, Any]
"""As `GET /line/_control/users/{id}/thread` gives them."""

_CATALOGUE = Catalogue.of_package(PACKAGE)


def clock(at: str) -> str:
    """The time of day in Japan."""
    return datetime.fromisoformat(at).astimezone(JAPAN).strftime("%H:%M")


def in_japan(at: str) -> str:
    """Day and time in Japan."""
    return datetime.fromisoformat(at).astimezone(JAPAN).strftime("%Y-%m-%d %H:%M:%S")


def _environment(language: Language) -> Environment:
    environment = Environment(loader=PackageLoader(PACKAGE), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.globals.update(t=partial(_CATALOGUE.text, language), clock=clock)
    return environment


_ENVIRONMENTS = {language: _environment(language) for language in Language}


def fragments(entries: Sequence[Entry], language: Language, town: str) -> str:
    """New messages, as list items for the phone."""
    chat: Any = _ENVIRONMENTS[language].get_template("chat.html").module
    return Markup("").join(chat.entry(entry, True, {}, town) for entry in entries)


def quick_replies(entries: Sequence[Entry], language: Language) -> str:
    """The buttons under the last message, as long as nobody has said anything after it."""
    chat: Any = _ENVIRONMENTS[language].get_template("chat.html").module
    last = entries[-1] if entries else None
    if last is None or last["from"] != "town":
        return ""
    return str(chat.quick(last["message"], True)).strip()


def picture_urls(messages: Sequence[Entry]) -> list[str]:
    """Addresses of the pictures that flex and image messages show, for `thread_html`'s `images`."""
    found: list[str] = []

    def look(value: Any) -> None:
        if isinstance(value, dict):
            if value.get("type") == "image":
                found.extend(value[name] for name in ("url", "previewImageUrl") if name in value)
            for inner in value.values():
                look(inner)
        elif isinstance(value, list):
            for inner in value:
                look(inner)

    look([entry["message"] for entry in messages])
    return list(dict.fromkeys(found))


def thread_html(
    messages: Sequence[Entry],
    title: str = "見本市",
    language: Language = Language.JAPANESE,
    images: Mapping[str, str] | None = None,
) -> str:
    """The chat as one HTML file. `images`: address of a picture → a `data:` address to put in its place."""
    css = (files(PACKAGE) / "static" / "chat.css").read_text("utf-8")
    first = datetime.fromisoformat(messages[0]["at"]).astimezone(JAPAN) if messages else None
    return (
        _ENVIRONMENTS[language]
        .get_template("thread.html")
        .render(
            entries=messages,
            title=title,
            language=language,
            images=dict(images or {}),
            css=css,
            day="" if first is None else f"{first.year}/{first.month:02}/{first.day:02}",
        )
    )
