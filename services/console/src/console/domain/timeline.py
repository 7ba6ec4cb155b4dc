"""The timeline of a case: what its events say and every look at personal data, in one order. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from console.domain.acts import Act
from console.domain.case import Case
from console.domain.happening import word_of
from console.domain.trouble import Letter, Retry
from madoguchi.vault.port import AccessRecord


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `word`: what happened (`request.submitted`, `look`, `act.claim`, …)."""

    time: datetime
    word: str
    source: str
    """The service, `clerk:<staff number>`, or `resident`."""
    facts: dict[str, str] = field(default_factory=dict)
    trace_id: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What is told beside the events: looks at personal data, acts of staff, what went wrong on the way."""

    looks: Sequence[AccessRecord] = ()
    acts: Sequence[Act] = ()
    retries: Sequence[Retry] = ()
    letters: Sequence[Letter] = ()


def told(case: Case, known: Known) -> tuple[Line, ...]:
    """Oldest first; of the same moment, events before troubles before looks before acts of staff."""
    happened = [Line(one.time, one.word, one.source, one.facts, one.trace_id) for one in case.timeline]
    looked = [
        Line(one.at, "look", one.actor, {"purpose": one.purpose.value, "fields": " ".join(one.fields)})
        for one in known.looks
    ]
    done = [
        Line(one.at, f"act.{one.what}", f"clerk:{one.staff}", {"why": one.why} if one.why else {}) for one in known.acts
    ]
    lines = (*happened, *troubles(known), *looked, *done)
    return tuple(sorted(lines, key=lambda line: line.time))


def troubles(known: Known) -> list[Line]:
    """What went wrong on the way, and what became of it."""
    later = [Line(one.at, "retry", one.service, {**_what(one), "attempts": str(one.attempts)}) for one in known.retries]
    aside = [Line(one.at, "dead_letter", one.service, {**_what(one), "letter": one.id}) for one in known.letters]
    settled = [
        Line(
            one.settled.at,
            f"dead_letter.{one.settled.how}",
            f"clerk:{one.settled.staff}" if one.settled.staff else "operator",
            {"letter": one.id, **({"why": one.settled.reason} if one.settled.reason else {})},
        )
        for one in known.letters
        if one.settled is not None
    ]
    return [*later, *aside, *settled]


def _what(one: Retry | Letter) -> dict[str, str]:
    return {"event": word_of(one.type) if one.type else "none", "error": one.error}
