"""What happens to a record that cannot be handled: a few tries at once, then later from retry topics, then set aside.

A record is done with (and its offset may be committed) when it was handled, or when the broker acknowledged that it
lies in a retry or dead-letter topic.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential_jitter,
)

from madoguchi.bus import record as r
from madoguchi.bus.codec import DecodeError, decode, trace_of
from madoguchi.bus.handling import Handle, handled
from madoguchi.bus.producer import NotSent, Producer, TooLarge, traced
from madoguchi.bus.record import Headers, Record, without
from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.events import Event
from madoguchi.contracts.flow import RETRY_DELAYS, dead_letter_topic, retry_topic
from madoguchi.telemetry import metrics, traces

_log = structlog.get_logger("madoguchi.bus")


class Transient(Exception):
    """It may work later. `code` appears in logs and headers."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long to try. Delays are seconds."""

    tries_at_once: int = 4
    first_wait: float = 0.1
    longest_wait: float = 2.0
    later: Mapping[str, float] = field(default_factory=lambda: dict(RETRY_DELAYS))
    """Retry topics by suffix, in order, and how long a record waits in each."""


@dataclass(frozen=True, slots=True)
class Processor:
    """Processes records for one service."""

    service: str
    handle: Handle
    producer: Producer
    clock: Callable[[], datetime]
    patience: Patience = field(default_factory=Patience)

    async def process(self, record: Record) -> None:
        """Returns when the record is done with. Waits for the broker as long as it takes; may be cancelled."""
        metrics.CONSUMED.labels(record.topic, self.service).inc()
        try:
            envelope = decode(record)
        except DecodeError as error:
            await self._set_aside(record, error.reason, record.number(r.ATTEMPTS))
            return
        try:
            await self._try_at_once(envelope, record)
        except Exception as error:  # noqa: BLE001 - whatever it is, the record must go somewhere
            await self._try_later(record, code_of(error))

    async def _try_at_once(self, envelope: Envelope[Event], record: Record) -> None:
        tries = AsyncRetrying(
            stop=stop_after_attempt(self.patience.tries_at_once),
            wait=wait_exponential_jitter(multiplier=self.patience.first_wait, max=self.patience.longest_wait),
            reraise=True,
        )
        await tries(handled, self.handle, envelope, record, self.service)

    async def _try_later(self, record: Record, code: str) -> None:
        attempts = record.number(r.ATTEMPTS) + 1
        suffixes = list(self.patience.later)
        if attempts > len(suffixes):
            await self._set_aside(record, code, attempts)
            return
        suffix = suffixes[attempts - 1]
        due = int(self.clock().timestamp() * 1000 + self.patience.later[suffix] * 1000)
        headers = {**_detour(record, code, attempts), r.NOT_BEFORE: str(due)}
        try:
            await self._move(record, retry_topic(self.service, suffix), headers)
        except TooLarge:
            await self._set_aside(record, code, attempts)
            return
        metrics.RETRIED.labels(record.origin.topic, code).inc()
        _log.warning("tried_later", error=code, attempts=attempts, again_in=suffix, **_place(record))

    async def _set_aside(self, record: Record, code: str, attempts: int) -> None:
        try:
            await self._move(record, dead_letter_topic(self.service), _detour(record, code, attempts))
        except TooLarge:  # our headers made it too large: what remains is where to find it
            stub = replace(record, value=None, headers=())
            await self._move(stub, dead_letter_topic(self.service), _detour(record, "too_large", attempts))
        metrics.DEAD_LETTERS.labels(record.origin.topic, code).inc()
        _log.error("dead_letter", error=code, attempts=attempts, **_place(record))

    async def _move(self, record: Record, topic: str, headers: Mapping[str, str]) -> None:
        until_sent = AsyncRetrying(
            retry=retry_if_exception_type(NotSent),
            wait=wait_exponential_jitter(multiplier=0.2, max=self.patience.longest_wait),
        )
        with traces.sending(topic, message_id=record.header("ce_id") or "", parent=trace_of(record.headers)) as trace:
            await until_sent(self.producer.publish, [moved(record, topic, headers, trace)])


def moved(record: Record, topic: str, headers: Mapping[str, str], trace: dict[str, str]) -> Record:
    """The same key, value and headers in another topic; our own headers replaced by `headers` and `trace`."""
    kept: Headers = without(record.headers, r.DETOUR)
    own = tuple((name, value.encode()) for name, value in headers.items())
    return Record(topic, record.key, record.value, (*traced(kept, trace), *own))


def code_of(error: BaseException) -> str:
    """Class of an error, and its code if it has one; never its text, which may quote a resident."""
    name = type(error).__qualname__
    return f"{name}:{error.code}" if isinstance(error, Transient) else name


def _detour(record: Record, code: str, attempts: int) -> dict[str, str]:
    origin = record.origin
    return {
        r.ORIGINAL_TOPIC: origin.topic,
        r.ORIGINAL_PARTITION: str(origin.partition),
        r.ORIGINAL_OFFSET: str(origin.offset),
        r.ATTEMPTS: str(attempts),
        r.ERROR: code,
    }


def _place(record: Record) -> dict[str, str | int]:
    return {"topic": record.topic, "partition": record.partition, "offset": record.offset}
