"""Dead letters: what services could not process, kept until someone looks. List them, look at one, replay one once,
or discard one.

A replay goes to the first retry topic of the service that set the record aside, so that no other service hears it
again; then a marker in the dead-letter topic says that it was replayed. Handlers recognise repeats, so a crash between
the two does no harm. A marker says likewise what was discarded, and why.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from madoguchi.bus import record as r
from madoguchi.bus.codec import DecodeError, decode, trace_of
from madoguchi.bus.connection import Connection
from madoguchi.bus.producer import Producer, traced
from madoguchi.bus.reading import read
from madoguchi.bus.record import Origin, Record, without
from madoguchi.contracts.flow import ALL_SERVICES, RETRY_DELAYS, dead_letter_topic, retry_topic
from madoguchi.telemetry import traces

REPLAY_DELAY = next(iter(RETRY_DELAYS))


class NoSuchDeadLetter(Exception):
    """No dead letter of that id is there (any more)."""


class AlreadySettled(Exception):
    """It waits no more."""


class AlreadyReplayed(AlreadySettled):
    """It was replayed before; a second time needs a new failure."""


class AlreadyDiscarded(AlreadySettled):
    """Somebody said that it needs no handling any more."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One record set aside. `id` is `<service>:<partition>:<offset>`."""

    id: str
    service: str
    record: Record
    replayed: bool
    discarded: str | None = None
    """Why it was discarded, as a code."""

    @property
    def waiting(self) -> bool:
        """Whether somebody must still look at it."""
        return not self.replayed and self.discarded is None

    @property
    def place(self) -> str:
        """`<partition>:<offset>` in the dead-letter topic."""
        return f"{self.record.partition}:{self.record.offset}"

    @property
    def error(self) -> str:
        """Why: a class of error, or the reason why it is not an event."""
        return self.record.header(r.ERROR) or "unknown"

    @property
    def attempts(self) -> int:
        """How often handling it was tried."""
        return self.record.number(r.ATTEMPTS)

    @property
    def origin(self) -> Origin:
        """Where it was first published."""
        return self.record.origin

    @property
    def request_id(self) -> str:
        """The request it is about, when it says so."""
        return self.record.header("ce_subject") or ""

    @property
    def type(self) -> str:
        """CloudEvents `type`, when it has one."""
        return self.record.header("ce_type") or ""

    @property
    def readable(self) -> bool:
        """Whether it is one of our events; what is not cannot be replayed with success."""
        return _decoded(self.record) is not None


async def listed(connection: Connection, services: Iterable[str] = ALL_SERVICES) -> list[DeadLetter]:
    """Every dead letter of these services, oldest first. Raises `BROKER_ERRORS`."""
    letters: list[DeadLetter] = []
    for service in services:
        letters += letters_of(service, await read(connection, dead_letter_topic(service)))
    return letters


async def picked(connection: Connection, service: str, ids: Collection[str]) -> dict[str, DeadLetter]:
    """Those of these dead letters of one service that are there. Reads on from the first of them: markers follow what
    they mark. Raises `BROKER_ERRORS`."""
    places = [place for letter_id in ids if (place := _place_of(letter_id, service)) is not None]
    starts: dict[int, int] = {}
    for partition, offset in places:
        starts[partition] = min(offset, starts.get(partition, offset))
    letters = letters_of(service, await read(connection, dead_letter_topic(service), starts)) if starts else []
    return {letter.id: letter for letter in letters if letter.id in ids}


async def found(connection: Connection, letter_id: str) -> DeadLetter:
    """The dead letter of that id. Raises `NoSuchDeadLetter`, and `BROKER_ERRORS`."""
    service = letter_id.partition(":")[0]
    there = await picked(connection, service, [letter_id]) if service in ALL_SERVICES else {}
    if letter_id not in there:
        raise NoSuchDeadLetter(letter_id)
    return there[letter_id]


def shown(letter: DeadLetter) -> dict[str, Any]:
    """What may be shown of it: everything but sealed and unreadable content."""
    origin = letter.origin
    return {
        "id": letter.id,
        "error": letter.error,
        "attempts": letter.attempts,
        "replayed": letter.replayed,
        "discarded": letter.discarded,
        "type": letter.type,
        "request_id": letter.request_id,
        "event_id": letter.record.header("ce_id"),
        "time": letter.record.header("ce_time"),
        "original": {"topic": origin.topic, "partition": origin.partition, "offset": origin.offset},
        "data": _redacted_data(letter.record),
    }


def replay_of(letter: DeadLetter, now: datetime) -> Record:
    """The record that a replay publishes: the same event, counting from nought, due at once. Pure but for tracing."""
    headers = {
        r.ORIGINAL_TOPIC: letter.origin.topic,
        r.ORIGINAL_PARTITION: str(letter.origin.partition),
        r.ORIGINAL_OFFSET: str(letter.origin.offset),
        r.ATTEMPTS: "0",
        r.NOT_BEFORE: str(int(now.timestamp() * 1000)),
    }
    kept = without(letter.record.headers, r.DETOUR)
    own = tuple((name, value.encode()) for name, value in headers.items())
    trace = trace_of(letter.record.headers)
    topic = retry_topic(letter.service, REPLAY_DELAY)
    return Record(topic, letter.record.key, letter.record.value, (*traced(kept, trace), *own))


async def replay(
    connection: Connection, producer: Producer, letter_id: str, clock: Callable[[], datetime]
) -> DeadLetter:
    """Replay one dead letter, once. Raises `NoSuchDeadLetter`, `AlreadySettled`, `NotSent`, and `BROKER_ERRORS`."""
    letter = await found(connection, letter_id)
    await send_again(producer, letter, clock())
    return letter


async def send_again(producer: Producer, letter: DeadLetter, now: datetime) -> None:
    """Replay it. Raises `AlreadySettled` and `NotSent`."""
    _refuse_settled(letter)
    record = replay_of(letter, now)
    message_id = letter.record.header("ce_id") or ""
    with traces.sending(record.topic, message_id=message_id, parent=trace_of(record.headers)):
        await producer.publish([record])
    await producer.publish([_marker(letter, (r.REPLAYED, letter.place))])


async def discard(connection: Connection, producer: Producer, letter_id: str, reason: str) -> DeadLetter:
    """Discard one; `reason`: a code. Raises `NoSuchDeadLetter`, `AlreadySettled`, `NotSent`, and `BROKER_ERRORS`."""
    letter = await found(connection, letter_id)
    await put_away(producer, letter, reason)
    return letter


async def put_away(producer: Producer, letter: DeadLetter, reason: str) -> None:
    """Say that it needs no handling any more. Raises `AlreadySettled` and `NotSent`."""
    _refuse_settled(letter)
    await producer.publish([_marker(letter, (r.DISCARDED, letter.place), (r.REASON, reason))])


def letters_of(service: str, records: Iterable[Record]) -> list[DeadLetter]:
    """The dead letters among the records of a service's topic, each with what the markers say of it. Pure."""
    there = list(records)
    replayed = {place for record in there if (place := record.header(r.REPLAYED)) is not None}
    discarded = {place: record.header(r.REASON) or "" for record in there if (place := record.header(r.DISCARDED))}
    return [
        DeadLetter(letter_id, service, record, place in replayed, discarded.get(place))
        for record in there
        if not is_marker(record)
        for place in [f"{record.partition}:{record.offset}"]
        for letter_id in [f"{service}:{place}"]
    ]


def is_marker(record: Record) -> bool:
    """Whether a record of a dead-letter topic only says what became of another."""
    return record.header(r.REPLAYED) is not None or record.header(r.DISCARDED) is not None


def _place_of(letter_id: str, service: str) -> tuple[int, int] | None:
    whose, *place = letter_id.split(":")
    numbers = [int(part) for part in place if part.isascii() and part.isdecimal() and len(part) < 20]
    return (numbers[0], numbers[1]) if whose == service and len(place) == len(numbers) == 2 else None


def _refuse_settled(letter: DeadLetter) -> None:
    if letter.replayed:
        raise AlreadyReplayed(letter.id)
    if letter.discarded is not None:
        raise AlreadyDiscarded(letter.id)


def _marker(letter: DeadLetter, *headers: tuple[str, str]) -> Record:
    said = tuple((name, value.encode()) for name, value in headers)
    return Record(letter.record.topic, letter.record.key, None, said)


def _decoded(record: Record) -> Any:
    try:
        return decode(record)
    except DecodeError:
        return None


def _redacted_data(record: Record) -> Any:
    envelope = _decoded(record)
    if envelope is not None:
        return _without_seals(json.loads(envelope.event.model_dump_json()))
    value = record.value
    return None if value is None else {"bytes": len(value), "sha256": hashlib.sha256(value).hexdigest()}


def _without_seals(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_seals(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_seals(item) for item in value]
    if isinstance(value, str) and value.startswith("sealed:"):
        return ":".join(value.split(":")[:3]) + ":…"
    return value
