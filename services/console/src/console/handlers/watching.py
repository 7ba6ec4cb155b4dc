"""What the services try later and what they set aside: seen in their topics, kept for the pages.

It is not ours to judge: whatever the record holds, seeing it must end well, or it would be seen for ever.
"""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from console.domain.trouble import Letter, Retry, Settlement, arrived, settle
from console.handlers.deps import AT, Deps
from madoguchi.bus import record as r
from madoguchi.bus.codec import DecodeError, decode
from madoguchi.bus.dead_letters import DeadLetter, is_marker, shown
from madoguchi.bus.record import Record
from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.events import Event
from madoguchi.contracts.flow import BY_TYPE, DETOURS, dead_letter_topic
from madoguchi.contracts.vocabulary import MunicipalityCode
from madoguchi.store.aggregates import Aggregates, Change, instant

KEPT: Final = timedelta(days=30)
"""As long as a dead-letter topic keeps its records."""
NOTICES_KEPT: Final = timedelta(days=90)
TALLIES_KEPT: Final = timedelta(days=8)
"""After the request ended."""
_CODE = re.compile(r"[\w.:<>-]{1,100}", re.ASCII)
_REQUEST = re.compile(r"req_[0-9a-z]{26}", re.ASCII)
FORGET_AT_ONCE: Final = 500


async def see(record: Record, deps: Deps) -> None:
    """A record of a retry or dead-letter topic. Raises what the store raises."""
    service = DETOURS[record.topic]
    if record.topic != dead_letter_topic(service):
        await _see_retry(record, service, deps)
    elif is_marker(record):
        await _see_marker(record, service, deps)
    else:
        await _see_letter(record, service, deps)


async def forget(deps: Deps) -> None:
    """What nobody can act on any more is removed. Raises what the store raises."""
    lasting: tuple[tuple[Aggregates[Any], timedelta], ...] = (
        (deps.letters, KEPT),
        (deps.retries, KEPT),
        (deps.notices, NOTICES_KEPT),
        (deps.tests, KEPT),
        (deps.tallies, TALLIES_KEPT),
    )
    for kind, kept in lasting:
        old = instant(deps.clock() - kept)
        found = await kind.documents.find(kind.collection, at_most=(AT, old), order_by=AT, limit=FORGET_AT_ONCE)
        for document in found:
            await kind.documents.delete(kind.collection, document["_id"])


async def _see_retry(record: Record, service: str, deps: Deps) -> None:
    at = _moment(record.at, deps)
    retry = Retry(
        service=service,
        request_id=_request_id(record),
        type=_type(record),
        error=_error(record),
        attempts=record.number(r.ATTEMPTS),
        at=at,
        due_at=_moment(record.number(r.NOT_BEFORE, -1), deps),
    )
    if retry.attempts:  # nought: a replay, which the letter tells of itself
        await deps.retries.apply(_print(record), lambda known: Change(retry) if known is None else None)


async def _see_letter(record: Record, service: str, deps: Deps) -> None:
    envelope = _decoded(record)
    letter_id = f"{service}:{record.partition}:{record.offset}"
    request_id = _request_id(record)
    origin = record.origin
    letter = Letter(
        id=letter_id,
        service=service,
        error=_error(record),
        type=_type(record),
        attempts=record.number(r.ATTEMPTS),
        at=_moment(record.at, deps),
        request_id=request_id,
        municipality=await _town(envelope, request_id, deps),
        readable=envelope is not None,
        handled=envelope is not None and service in BY_TYPE[envelope.type].consumers,
        origin=f"{origin.topic if origin.topic in _TOPICS else ''}:{origin.partition}:{origin.offset}",
        shown=shown(DeadLetter(letter_id, service, record, replayed=False))["data"],
        print=_print(record),
    )
    await deps.letters.apply(letter_id, partial(arrived, letter))


async def _see_marker(record: Record, service: str, deps: Deps) -> None:
    replayed = record.header(r.REPLAYED)
    how = Settlement.REPLAYED if replayed is not None else Settlement.DISCARDED
    place = replayed or record.header(r.DISCARDED) or ""
    reason = _coded(record.header(r.REASON)) if how is Settlement.DISCARDED else ""
    at = _moment(record.at, deps)
    await deps.letters.apply(f"{service}:{place}", lambda letter: settle(letter, how, at, reason))


async def _town(envelope: Envelope[Event] | None, request_id: str | None, deps: Deps) -> MunicipalityCode | None:
    if envelope is not None:
        return envelope.event.municipality
    case = await deps.cases.load(request_id) if request_id else None
    return case.state.municipality if case else None


_TOPICS = frozenset(row.topic for row in BY_TYPE.values())


def _decoded(record: Record) -> Envelope[Event] | None:
    try:
        return decode(record)
    except DecodeError:
        return None


def _request_id(record: Record) -> str | None:
    said = record.header("ce_subject") or ""
    return said if _REQUEST.fullmatch(said) else None


def _type(record: Record) -> str:
    said = record.header("ce_type") or ""
    return said if said in BY_TYPE else ""


def _error(record: Record) -> str:
    return _coded(record.header(r.ERROR)) or "unknown"


def _coded(said: str | None) -> str:
    """Headers of what is no event may hold anything; only what looks like a code is kept."""
    return said if said is not None and _CODE.fullmatch(said) else ""


def _moment(millis: int, deps: Deps) -> datetime:
    """That moment; now, when the record does not tell one that can be."""
    if not 0 < millis < 32_503_680_000_000:  # the year 3000
        return deps.clock()
    return datetime.fromtimestamp(millis / 1000, UTC)


def _print(record: Record) -> str:
    parts = (record.topic.encode(), record.key, record.value, str(record.at).encode())
    said = [part for part in parts if part is not None]
    headers = [piece for name, value in record.headers for piece in (name.encode(), value or b"")]
    return hashlib.sha256(b"\x1f".join([*said, *headers])).hexdigest()
