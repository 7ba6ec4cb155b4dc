"""What the console works with; `wiring` puts it together."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from console.domain.case import Case, awaited
from console.domain.channel_test import ChannelTest
from console.domain.delivery import Notice
from console.domain.hand import Rules
from console.domain.tally import Tally
from console.domain.trouble import Letter, Retry
from console.ports import Acts, DeadLetters, TownRegister
from madoguchi.contracts.vocabulary import MunicipalityCode
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


AT, ABOUT, CAUSE, ANY_TOWN = "at", "about", "cause", "any"
LETTERS = collection("dead_letters", WAITING, CAUSE, ABOUT, AT)
"""Every dead letter. While somebody must look at it, `waiting` is its town (`any`, when nothing tells) and `cause` is
there."""
RETRIES = collection("retries", ABOUT, AT)
"""Every time that a service put an event off. `about`: the request."""


def cause_in(whose: str, key: str) -> str:
    """The value of `cause`: letters of one town, of one cause."""
    return f"{whose}:{key}"


def _letter_indexed(letter: Letter) -> Mapping[str, Scalar]:
    whose = letter.municipality or ANY_TOWN
    waiting = {WAITING: whose, CAUSE: cause_in(whose, letter.cause.key)} if letter.settled is None else {}
    about = {ABOUT: letter.request_id} if letter.request_id else {}
    return {**waiting, **about, AT: instant(letter.at)}


def _retry_indexed(retry: Retry) -> Mapping[str, Scalar]:
    return {**({ABOUT: retry.request_id} if retry.request_id else {}), AT: instant(retry.at)}


NEWEST, TOWN = "newest", "town"
"""`newest`: milliseconds before 1970, so that ascending order is the newest first."""
NOTICES = collection("notices", ABOUT, TOWN, NEWEST, AT)
TESTS = collection("channel_tests", TOWN, NEWEST, AT)


def millis(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return int(moment.timestamp() * 1000)


def _dated(town: MunicipalityCode, at: datetime) -> dict[str, Scalar]:
    return {TOWN: town, NEWEST: -millis(at), AT: instant(at)}


def _notice_indexed(notice: Notice) -> Mapping[str, Scalar]:
    return {ABOUT: notice.request_id, **_dated(notice.municipality, notice.latest.at)}


def notices_in(documents: Documents, clock: Callable[[], datetime]) -> Aggregates[Notice]:
    """The notices of a store."""
    return Aggregates(documents, NOTICES, Notice, clock, fields=_notice_indexed)


def tests_in(documents: Documents, clock: Callable[[], datetime]) -> Aggregates[ChannelTest]:
    """The test messages of a store."""
    return Aggregates(documents, TESTS, ChannelTest, clock, fields=lambda one: _dated(one.municipality, one.at))


OPEN, OPEN_SINCE, SILENT, DUE = "open", "open_since", "silent", "due"
ACCEPTED_NEWEST, ANSWERED_NEWEST = "accepted_newest", "answered_newest"
TALLIES = collection("tallies", TOWN, OPEN, OPEN_SINCE, SILENT, DUE, ACCEPTED_NEWEST, ANSWERED_NEWEST, AT)
"""What each request adds to the day. While it is open, `open` is its town; and `silent`, while it was told nothing."""


def _tally_indexed(tally: Tally) -> Mapping[str, Scalar]:
    found: dict[str, Scalar] = {TOWN: tally.municipality}
    if tally.accepted_at is not None:
        found[ACCEPTED_NEWEST] = -millis(tally.accepted_at)
        found[OPEN_SINCE] = instant(tally.accepted_at)
    if tally.answered_at is not None:
        found[ANSWERED_NEWEST] = -millis(tally.answered_at)
    if tally.ended_at is not None:
        return {**found, AT: instant(tally.ended_at)}
    waiting = {OPEN: tally.municipality} if tally.waiting else {}
    silent = {SILENT: tally.municipality} if tally.waiting and tally.noticed_at is None else {}
    return {**found, **waiting, **silent, **({DUE: instant(tally.deadline)} if tally.deadline else {})}


def tallies_in(documents: Documents, clock: Callable[[], datetime]) -> Aggregates[Tally]:
    """The tallies of a store."""
    return Aggregates(documents, TALLIES, Tally, clock, fields=_tally_indexed)


def letters_in(documents: Documents, clock: Callable[[], datetime]) -> Aggregates[Letter]:
    """The dead letters of a store."""
    return Aggregates(documents, LETTERS, Letter, clock, fields=_letter_indexed)


def retries_in(documents: Documents, clock: Callable[[], datetime]) -> Aggregates[Retry]:
    """The retries of a store."""
    return Aggregates(documents, RETRIES, Retry, clock, fields=_retry_indexed)


@dataclass(frozen=True, slots=True, repr=False)
class Deps:
    """The world of handlers and pages."""

    cases: Aggregates[Case]
    letters: Aggregates[Letter]
    retries: Aggregates[Retry]
    notices: Aggregates[Notice]
    tests: Aggregates[ChannelTest]
    tallies: Aggregates[Tally]
    dead_letters: DeadLetters
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
