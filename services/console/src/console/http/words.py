"""Codes, times and spans in words of the reader's language. The words are in `messages/`."""

from dataclasses import dataclass
from datetime import datetime, timedelta

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
        listed = value.split(" ") if name in ("methods", "channels", "fields") else [value]
        return self("list.comma").join(self.code(f"value.{name}", one) for one in listed)

    def why(self, why: str) -> str:
        """The reason of an act; a decision's has two parts, what and why."""
        return self("list.colon").join(self.code("why", part) for part in why.split(":"))

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

    def span(self, span: timedelta) -> str:
        """How long, in the largest fitting unit."""
        minutes = int(abs(span).total_seconds() // 60)
        if minutes < 60:
            return self("span.minutes", count=minutes)
        if minutes < 48 * 60:
            return self("span.hours", count=minutes // 60)
        return self("span.days", count=minutes // (24 * 60))

    @staticmethod
    def point(character: str) -> int:
        """The code point of a character."""
        return ord(character)
