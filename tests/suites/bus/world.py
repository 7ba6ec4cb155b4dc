"""What the bus suite works with: one test's requests, and services that remember what they heard."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from madoguchi.bus.connection import Connection
from madoguchi.bus.consumer import Consumer
from madoguchi.bus.producer import Producer
from madoguchi.bus.retry import Patience
from madoguchi.bus.session import Flow
from madoguchi.contracts.envelope import Envelope, envelop
from madoguchi.contracts.events import Event, RequestLate
from madoguchi.testing.events import MOMENT, TOWN

PATIENCE = Patience(tries_at_once=2, first_wait=0.01, longest_wait=0.2, later={"10s": 0.3, "1m": 0.3, "10m": 0.3})
"""As in production, but quicker."""


def now() -> datetime:
    return datetime.now(UTC)


async def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait until it holds; fail otherwise."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.01)


@dataclass
class Reader:
    """One process of `notify`. `act` may raise or wait; what it returned for is in `heard`."""

    consumer: Consumer
    mine: Callable[[str], bool]
    act: Callable[[Envelope[Event]], Awaitable[None]]
    heard: list[Envelope[Event]] = field(default_factory=list)
    task: "asyncio.Task[None] | None" = None

    async def handle(self, envelope: Envelope[Event]) -> None:
        if self.mine(envelope.request_id):
            await self.act(envelope)
            self.heard.append(envelope)

    def ids(self) -> list[str]:
        return [envelope.id for envelope in self.heard]

    async def stop(self) -> None:
        """As on SIGTERM."""
        if self.task is not None:
            await self.consumer.drain()
            await self.task
            self.task = None

    async def crash(self) -> None:
        """As on SIGKILL: nothing is finished, nothing committed. (Leaving the group is all that differs.)"""
        if self.task is not None:
            self.task.cancel()
            await asyncio.wait({self.task})
            self.task = None


async def nothing(_envelope: Envelope[Event]) -> None:
    """A handler that has nothing to do."""


class World:
    """A broker, a producer, and readers that are closed at the end."""

    def __init__(self, connection: Connection, mark: str) -> None:
        self.connection = connection
        self.mark = mark
        self.producer = Producer(connection, "suite", send_seconds=5.0)
        self._readers: list[Reader] = []

    def request(self, number: int) -> str:
        """A request id of this test."""
        return f"req_{self.mark}{number:014d}"

    def is_mine(self, request_id: str) -> bool:
        return request_id.startswith(f"req_{self.mark}")

    def event(self, number: int, key: str = "") -> Envelope[Event]:
        """Something that notify reads."""
        event = RequestLate(request_id=self.request(number), municipality=TOWN, deadline_at=MOMENT)
        return envelop(event, time=MOMENT, key=key)

    async def reader(
        self,
        act: Callable[[Envelope[Event]], Awaitable[None]] = nothing,
        *,
        flow: Flow | None = None,
        patience: Patience = PATIENCE,
    ) -> Reader:
        """A process of notify, ready to read."""
        holder: list[Reader] = []

        async def handle(envelope: Envelope[Event]) -> None:
            await holder[0].handle(envelope)

        consumer = Consumer(
            "notify",
            self.connection,
            handle,
            self.producer,
            clock=now,
            flow=flow or Flow(drain_seconds=5.0),
            patience=patience,
        )
        reader = Reader(consumer, self.is_mine, act)
        holder.append(reader)
        reader.task = asyncio.create_task(consumer.run())
        self._readers.append(reader)
        await until(lambda: consumer.was_assigned)
        return reader

    async def close(self) -> None:
        for reader in self._readers:
            await reader.stop()
        await self.producer.aclose()
