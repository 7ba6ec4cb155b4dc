"""What the console works with; `wiring` puts it together."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from console.domain.case import Case, awaited
from console.domain.hand import Rules
from console.ports import Acts, TownRegister
from madoguchi.policy.models import Municipality
from madoguchi.store.aggregates import Aggregates, collection, instant
from madoguchi.store.port import Documents, Scalar
from madoguchi.vault.port import Vault

WAITING, WAITING_BY, NUMBER = "waiting", "waiting_by", "certificate_number"
CASES = collection("cases", WAITING, WAITING_BY, NUMBER)
"""Every request, by its id. `waiting`: its town, while a clerk is awaited; `waiting_by`: until when."""


def _indexed(case: Case) -> Mapping[str, Scalar]:
    asked = awaited(case)
    waiting = {WAITING: case.municipality, WAITING_BY: instant(case.deadline or asked.at)} if asked else {}
    return {**waiting, **({NUMBER: case.certificate_number} if case.certificate_number else {})}


def cases_in(documents: Documents, clock: Callable[[], datetime]) -> Aggregates[Case]:
    """The cases of a store."""
    return Aggregates(documents, CASES, Case, clock, fields=_indexed)


@dataclass(frozen=True, slots=True, repr=False)
class Deps:
    """The world of handlers and pages."""

    cases: Aggregates[Case]
    acts: Acts
    vault: Vault
    towns: Mapping[str, Municipality]
    registers: Mapping[str, TownRegister]
    """By municipality."""
    rules: Mapping[str, Rules]
    """By municipality."""
    clock: Callable[[], datetime]
    randomness: Callable[[int], bytes] = secrets.token_bytes
    trace: Callable[[], dict[str, str]] = field(default=dict)
    """W3C trace context of the act at hand."""
