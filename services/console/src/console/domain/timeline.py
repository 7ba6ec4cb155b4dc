"""The timeline of a case: what its events say and every look at personal data, in one order. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from console.domain.acts import Act
from console.domain.case import Case
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


def told(case: Case, looks: Sequence[AccessRecord], acts: Sequence[Act] = ()) -> tuple[Line, ...]:
    """Oldest first; of the same moment, events before looks before acts of staff."""
    happened = [Line(one.time, one.word, one.source, one.facts, one.trace_id) for one in case.timeline]
    looked = [
        Line(one.at, "look", one.actor, {"purpose": one.purpose.value, "fields": " ".join(one.fields)}) for one in looks
    ]
    done = [Line(one.at, f"act.{one.what}", f"clerk:{one.staff}", {"why": one.why} if one.why else {}) for one in acts]
    return tuple(sorted((*happened, *looked, *done), key=lambda line: line.time))
