"""Codes, times and spans in words of the reader's language. The words are in `messages/`."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from console.domain.happening import word_of
from madoguchi.contracts.vocabulary import Language
from madoguchi.policy.rules import JAPAN
from madoguchi.text.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Words:
    """Texts of one language."""

    catalogue: Catalogue
    language: Language

    def __call__(self, key: str, **values: object) -> str:
        """The text of that key, its placeholders filled."""
        return self.catalogue.text(self.language, key, **values)

    def code(self, kind: str, code: str) -> str:
        """The word for a code of some kind; a code that has none stands for itself."""
        key = f"{kind}.{code}"
        return self(key) if key in self.catalogue.texts[self.language] else code

    def fact(self, name: str, value: str) -> str:
        """A fact of a timeline: several codes are listed."""
        if name == "why":
            return self.why(value)
        if name == "event":
            return self.code("happened", value)
        listed = value.split(" ") if name in ("methods", "channels", "fields") else [value]
        return self("list.comma").join(self.code(f"value.{name}", one) for one in listed)

    def event(self, event_type: str) -> str:
        """What an event says, by its CloudEvents `type`; nothing is said of what is none of ours."""
        return self.code("happened", word_of(event_type) if event_type else "none")

    def why(self, why: str) -> str:
        """The reason of an act; a decision's has two parts, what and why."""
        return self("list.colon").join(self._reason(part) for part in why.split(":"))

    def _reason(self, code: str) -> str:
        """The reason of sending again is the notice, that of a test the channel."""
        kinds = ("why", "value.kind", "value.channels")
        texts = self.catalogue.texts[self.language]
        return self.code(next((kind for kind in kinds if f"{kind}.{code}" in texts), "why"), code)

    def actor(self, source: str) -> str:
        """A service, a member of staff by number, the applicant."""
        if source.startswith("clerk:"):
            return self("actor.clerk", number=source.removeprefix("clerk:"))
        return self.code("actor", source)

    def moment(self, moment: datetime) -> str:
        """Date and time in Japan, to the second: `2026-11-24 10:02:03`."""
        return moment.astimezone(JAPAN).strftime("%Y-%m-%d %H:%M:%S")

    def day(self, moment: datetime) -> str:
        """Date and time in Japan, to the minute."""
        return moment.astimezone(JAPAN).strftime("%Y-%m-%d %H:%M")

    def fine_span(self, span: timedelta) -> str:
        """The same, in seconds when it is short."""
        seconds = abs(span).total_seconds()
        return self("span.seconds", count=round(seconds)) if seconds < 120 else self.span(span)

    def span(self, span: timedelta) -> str:
        """How long, in the largest fitting unit."""
        minutes = int(abs(span).total_seconds() // 60)
        if minutes < 60:
            return self("span.minutes", count=minutes)
        if minutes < 48 * 60:
            return self("span.hours", count=minutes // 60)
        return self("span.days", count=minutes // (24 * 60))

    @staticmethod
    def json(value: object) -> str:
        """Indented, with every character as it is."""
        return json.dumps(value, ensure_ascii=False, indent=2)

    @staticmethod
    def point(character: str) -> int:
        """The code point of a character."""
        return ord(character)
