"""Statuses, times, amounts and looks in words of the resident's language. Pure; the words are in `messages/`."""

from dataclasses import dataclass
from datetime import datetime

from madoguchi.contracts.vocabulary import Language, Yen
from madoguchi.policy.rules import JAPAN
from madoguchi.text.catalogue import Catalogue
from madoguchi.vault.port import AccessRecord
from request_intake.domain.status import Status


@dataclass(frozen=True, slots=True)
class Words:
    """The catalogue, spoken in one language."""

    catalogue: Catalogue
    language: Language

    def __call__(self, key: str, **values: object) -> str:
        """The text of `key`."""
        return self.catalogue.text(self.language, key, **values)

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return key in self.catalogue.texts[self.language]

    def moment(self, moment: datetime) -> str:
        """Day and time in Japan; with leading zeros in English, where the day is ISO 8601."""
        here = moment.astimezone(JAPAN)
        width = 2 if self.language is Language.ENGLISH else 1
        parts = {"month": here.month, "day": here.day, "hour": here.hour}
        padded = {name: f"{part:0{width}d}" for name, part in parts.items()}
        return self("moment", year=str(here.year), **padded, minute=f"{here:%M}")

    def yen(self, amount: Yen) -> str:
        """An amount of money."""
        return self("yen", amount=f"{amount:,}")

    def title(self, status: Status) -> str:
        """The status in a few words."""
        return self("status.missed.title" if status.missed else f"status.{status.code}.title")

    def explanation(self, status: Status) -> tuple[str, ...]:
        """What the status means, sentence by sentence, the most important first."""
        said = []
        if status.rejection is not None:
            said += [self("rejection.lead"), self(f"rejection.{status.rejection}")]
        if status.refusal is not None:
            said.append(self(f"refusal.{status.refusal}"))
        if status.why is not None and self.has(f"why.{status.why}"):
            said.append(self(f"why.{status.why}"))
        if status.missed:
            said.append(self("status.missed.erased" if status.erased else "status.missed.late"))
        else:
            said.append(self(f"status.{status.code}.text"))
        said += self.question(status)
        if status.refund != "none":
            said.append(self(f"refund.{status.refund}"))
        if status.late:
            said.append(self("late"))
        return tuple(said)

    def question(self, status: Status) -> tuple[str, ...]:
        """What a clerk wants to know, and by when; or that the answer has come."""
        if status.answered:
            return (self("question.answered"),)
        if status.question is None:
            return ()
        by = status.question.answer_by
        until = () if by is None else (self("question.until", until=self.moment(by)),)
        return (self("question.lead"), self(f"ask.{status.question.question}"), *until)

    def actor(self, actor: str) -> str:
        """Who looked: a service, a clerk by staff number, the resident."""
        if actor.startswith("clerk:"):
            return self("actor.clerk", number=actor.removeprefix("clerk:"))
        return self(f"actor.{actor}") if self.has(f"actor.{actor}") else self("actor.other", name=actor)

    def fields(self, record: AccessRecord) -> str:
        """Which data was looked at."""
        named = (self(f"field.{f}") if self.has(f"field.{f}") else self("field.other", name=f) for f in record.fields)
        return self("list.separator").join(named)

    def look(self, record: AccessRecord) -> str:
        """One line of the access log."""
        return self(
            "log.line",
            at=self.moment(record.at),
            actor=self.actor(record.actor),
            purpose=self(f"purpose.{record.purpose}"),
            fields=self.fields(record),
        )
