"""Seeing every record of some topics as it is: in order within a partition, at least once, as a group of its own.

What is seen is neither decoded nor waited for nor moved: for services that look at what became of the others' records.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from madoguchi.bus.closing import let_go
from madoguchi.bus.connection import Connection
from madoguchi.bus.incarnation import Incarnation, present
from madoguchi.bus.record import Record, received
from madoguchi.telemetry import metrics

AGAIN_SECONDS: Final = 1.0
POLL_MILLIS: Final = 500
PER_POLL: Final = 200
CALL_SECONDS: Final = 5.0
LONGEST_SESSION: Final = 600.0
"""Seconds, then another is begun: aiokafka has been seen to stop fetching without an error."""

_log = structlog.get_logger("madoguchi.bus")

Find = Callable[[Iterable[TopicPartition]], Awaitable[Incarnation]]


class Watcher:
    """Sees `topics` as `group`. `see` raises only when the record must be seen again."""

    def __init__(
        self, group: str, topics: Iterable[str], connection: Connection, see: Callable[[Record], Awaitable[None]]
    ) -> None:
        self._group = group
        self._topics = tuple(topics)
        self._connection = connection
        self._see = see

    async def run(self) -> None:
        """Until cancelled. Outlives the loss of the broker."""
        while True:
            try:
                await self._one_session()
            except Exception as error:  # noqa: BLE001 - the next session may go well
                metrics.REJOINS.labels(type(error).__qualname__).inc()
                _log.warning("watcher_starts_again", reason=type(error).__qualname__)
            await asyncio.sleep(AGAIN_SECONDS)

    async def _one_session(self) -> None:
        client = self._client()
        assigned = _Assigned(client, partial(present, self._connection, self._group))
        client.subscribe(list(self._topics), listener=assigned)
        try:
            await client.start()
            end = time.monotonic() + LONGEST_SESSION
            while assigned.error is None and time.monotonic() < end:
                await self._see_batch(client, assigned)
            if assigned.error is not None:
                raise assigned.error
        finally:
            await let_go(client.stop(), client._client)

    async def _see_batch(self, client: AIOKafkaConsumer, assigned: "_Assigned") -> None:
        batch: dict[TopicPartition, list[Any]] = await client.getmany(timeout_ms=POLL_MILLIS, max_records=PER_POLL)
        for raw_records in batch.values():
            for raw in raw_records:
                await self._see(received(raw))
        seen = {tp: (raw_records[-1].offset + 1, assigned.cluster) for tp, raw_records in batch.items()}
        if seen:
            async with asyncio.timeout(CALL_SECONDS):
                await client.commit(seen)

    def _client(self) -> AIOKafkaConsumer:
        session_millis = int(self._connection.session_seconds * 1000)
        return AIOKafkaConsumer(
            **self._connection.options(),
            group_id=self._group,
            client_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=session_millis,
            heartbeat_interval_ms=int(min(1.0, self._connection.session_seconds / 3) * 1000),
            request_timeout_ms=2 * session_millis + 15_000,
        )


class _Assigned(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka asks for this base
    """Begins again where a committed offset is of another life of the broker (see `incarnation`)."""

    def __init__(self, client: AIOKafkaConsumer, find: Find) -> None:
        self._client = client
        self._find = find
        self.cluster = ""
        self.error: Exception | None = None

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """What was seen since the last commit is seen again by another."""

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Called by the client when it was given partitions."""
        try:
            incarnation = await asyncio.wait_for(self._find(list(assigned)), CALL_SECONDS)
            self.cluster = incarnation.cluster
            if incarnation.outdated:
                await asyncio.wait_for(self._client.seek_to_beginning(*incarnation.outdated), CALL_SECONDS)
        except (KafkaError, OSError, TimeoutError) as error:
            self.error = error
