"""Sending. Returns when the broker has it for good (idempotent, acknowledged by all replicas), or raises.

After any failure the client underneath is thrown away and the next call makes a new one: an idempotent client that lost
its broker's memory would refuse for ever.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from madoguchi.bus.closing import STOP_SECONDS, let_go
from madoguchi.bus.codec import encode
from madoguchi.bus.connection import Connection
from madoguchi.bus.record import Headers, Record, without
from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.events import Event
from madoguchi.telemetry import metrics, traces

SEND_SECONDS: Final = 15.0

_log = structlog.get_logger("madoguchi.bus")


class NotSent(ConnectionError):
    """The broker did not acknowledge. It may have it or not: send it again, readers recognise a repeat."""


class TooLarge(ValueError):
    """The broker takes no record of this size (bytes); sending it again is of no use."""


class Producer:
    """Sends events and records; connects when first used. One per process is enough, and calls may overlap."""

    def __init__(self, connection: Connection, name: str, *, send_seconds: float = SEND_SECONDS) -> None:
        self._connection = connection
        self._name = name
        self._send_seconds = send_seconds
        self._client: AIOKafkaProducer | None = None
        self._connecting = asyncio.Lock()
        self._leaving: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        await self.aclose()

    async def send(self, envelopes: Sequence[Envelope[Event]]) -> None:
        """Publish events, those of one request in the given order. Raises `NotSent` and `TooLarge`."""
        with contextlib.ExitStack() as spans:
            records = []
            for envelope in envelopes:
                span = traces.sending(envelope.topic, message_id=envelope.id, parent=envelope.trace)
                records.append(encode(envelope, spans.enter_context(span)))
            await self.publish(records)
        for envelope in envelopes:
            metrics.SENT.labels(envelope.topic, envelope.type).inc()

    async def publish(self, records: Sequence[Record]) -> None:
        """Publish records as they are, those of one key in the given order. Raises `NotSent` and `TooLarge`."""
        if not records:
            return
        client: AIOKafkaProducer | None = None
        try:
            async with asyncio.timeout(self._send_seconds):
                client = await self._connected()
                acks = [await client.send(r.topic, r.value, key=r.key, headers=list(r.headers)) for r in records]
                await asyncio.gather(*acks)
        except MessageSizeTooLargeError as error:
            raise TooLarge(str(max(len(r.value or b"") for r in records))) from error
        except (KafkaError, OSError, TimeoutError) as error:
            metrics.SEND_FAILED.inc()
            _log.warning("not_sent", error=type(error).__qualname__, records=len(records))
            self._discard(client)
            raise NotSent(type(error).__qualname__) from error

    async def aclose(self) -> None:
        """Disconnect."""
        if self._client is not None:
            self._discard(self._client)
        if self._leaving:
            await asyncio.wait(self._leaving, timeout=3 * STOP_SECONDS)

    async def _connected(self) -> AIOKafkaProducer:
        async with self._connecting:
            if self._client is None:
                client = AIOKafkaProducer(
                    **self._connection.options(),
                    client_id=self._name,
                    enable_idempotence=True,
                    acks="all",
                    linger_ms=5,
                    request_timeout_ms=int(self._send_seconds * 1000),
                )
                try:
                    await client.start()
                except BaseException:
                    await let_go(client.stop(), client.client)
                    raise
                self._client = client
            return self._client

    def _discard(self, client: AIOKafkaProducer | None) -> None:
        """Let go of a client without waiting for it; others that wait on it fail too, and come again with the next."""
        if client is not self._client or client is None:
            return  # never connected, or already thrown away
        self._client = None
        task = asyncio.create_task(let_go(client.stop(), client.client))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)


def traced(headers: Headers, trace: dict[str, str]) -> Headers:
    """`headers` with `trace` as their only trace context: with some readers the first of two `traceparent` wins."""
    return (*without(headers, traces.CONTEXT_FIELDS), *((name, value.encode()) for name, value in trace.items()))
