"""Dead letters: what services could not process, kept until someone looks. List them, look at one, replay one once.

A replay goes to the first retry topic of the service that set the record aside, so that no other service hears it
again; then a marker in the dead-letter topic says that it was replayed. Handlers recognise repeats, so a crash between
the two does no harm.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from madoguchi.bus import record as r
from madoguchi.bus.closing import let_go
from madoguchi.bus.codec import DecodeError, decode, trace_of
from madoguchi.bus.connection import Connection
from madoguchi.bus.producer import Producer, traced
from madoguchi.bus.record import Origin, Record, without
from madoguchi.contracts.flow import ALL_SERVICES, RETRY_DELAYS, dead_letter_topic, retry_topic
from madoguchi.telemetry import traces

REPLAY_DELAY = next(iter(RETRY_DELAYS))
READ_MILLIS = 500
MOST_SILENT_READS = 20
"""A broker that answers nothing for this many reads has nothing more for us."""


class NoSuchDeadLetter(Exception):
    """No dead letter of that id is there (any more)."""


class AlreadyReplayed(Exception):
    """It was replayed before; a second time needs a new failure."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One record set aside. `id` is `<service>:<partition>:<offset>`."""

    id: str
    service: str
    record: Record
    replayed: bool

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
        letters += _letters(service, await _read(connection, dead_letter_topic(service)))
    return letters


async def found(connection: Connection, letter_id: str) -> DeadLetter:
    """The dead letter of that id. Raises `NoSuchDeadLetter`, and `BROKER_ERRORS`."""
    service = letter_id.partition(":")[0]
    if service not in ALL_SERVICES:
        raise NoSuchDeadLetter(letter_id)
    for letter in await listed(connection, [service]):
        if letter.id == letter_id:
            return letter
    raise NoSuchDeadLetter(letter_id)


def shown(letter: DeadLetter) -> dict[str, Any]:
    """What may be shown of it: everything but sealed and unreadable content."""
    origin = letter.origin
    return {
        "id": letter.id,
        "error": letter.error,
        "attempts": letter.attempts,
        "replayed": letter.replayed,
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
    """Replay one dead letter, once.

    Raises `NoSuchDeadLetter`, `AlreadyReplayed`, `NotSent`, and `BROKER_ERRORS`.
    """
    letter = await found(connection, letter_id)
    if letter.replayed:
        raise AlreadyReplayed(letter_id)
    message_id = letter.record.header("ce_id") or ""
    record = replay_of(letter, clock())
    with traces.sending(record.topic, message_id=message_id, parent=trace_of(record.headers)):
        await producer.publish([record])
    place = f"{letter.record.partition}:{letter.record.offset}"
    await producer.publish([Record(letter.record.topic, letter.record.key, None, ((r.REPLAYED, place.encode()),))])
    return letter


def _letters(service: str, records: list[Record]) -> list[DeadLetter]:
    replayed = {place for record in records if (place := record.header(r.REPLAYED)) is not None}
    return [
        DeadLetter(
            id=f"{service}:{record.partition}:{record.offset}",
            service=service,
            record=record,
            replayed=f"{record.partition}:{record.offset}" in replayed,
        )
        for record in records
        if record.header(r.REPLAYED) is None
    ]


async def _read(connection: Connection, topic: str) -> list[Record]:
    """Everything in a topic now, by partition and offset."""
    partitions = await _partitions(connection, topic)
    if not partitions:
        return []
    client = AIOKafkaConsumer(**connection.options(), enable_auto_commit=False, auto_offset_reset="earliest")
    await client.start()
    try:
        client.assign(partitions)
        ends: dict[TopicPartition, int] = await client.end_offsets(partitions)
        await client.seek_to_beginning(*partitions)
        return await _until(client, ends)
    finally:
        await let_go(client.stop(), client._client)


async def _partitions(connection: Connection, topic: str) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(**connection.options())
    try:
        await admin.start()
        described = await admin.describe_topics([topic])
    finally:
        await admin.close()
    return [TopicPartition(topic, part["partition"]) for entry in described for part in entry["partitions"]]


async def _until(client: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> list[Record]:
    records: list[Record] = []
    silent = 0
    while silent < MOST_SILENT_READS and not await _reached(client, ends):
        batch = await client.getmany(timeout_ms=READ_MILLIS)
        silent = 0 if batch else silent + 1
        for raw_records in batch.values():
            records += (
                Record(raw.topic, raw.key, raw.value, tuple(raw.headers), raw.partition, raw.offset)
                for raw in raw_records
            )
    return sorted(records, key=lambda record: (record.partition, record.offset))


async def _reached(client: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> bool:
    return all([await client.position(tp) >= end for tp, end in ends.items()])


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
