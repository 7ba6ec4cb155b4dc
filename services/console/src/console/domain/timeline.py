"""The timeline of a case: what its events say and every look at personal data, in one order. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from console.domain.case import Case
from madoguchi.vault.port import AccessRecord


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `word`: what happened (`request.submitted`, `look`, …)."""

    time: datetime
    word: str
    source: str
    """The service, `clerk:<staff number>`, or `resident`."""
    facts: dict[str, str] = field(default_factory=dict)
    trace_id: str = ""


def told(case: Case, looks: Sequence[AccessRecord]) -> tuple[Line, ...]:
    """Oldest first; of the same moment, events before looks."""
    happened = [Line(one.time, one.word, one.source, one.facts, one.trace_id) for one in case.timeline]
    looked = [
        Line(one.at, "look", one.actor, {"purpose": one.purpose.value, "fields": " ".join(one.fields)}) for one in looks
    ]
    return tuple(sorted((*happened, *looked), key=lambda line: line.time))
