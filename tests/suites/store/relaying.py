"""What the relay's tests share: a broker that remembers, and a relay that runs while it is needed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from pydantic import BaseModel

from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.events import Event
from madoguchi.store.aggregates import Aggregates, Change, collection
from madoguchi.store.port import Document
from madoguchi.store.relay import Relay
from madoguchi.testing.clock import HandClock
from madoguchi.testing.events import identity_rejected, request_id

KEY = request_id()
CASES = collection("cases")


class State(BaseModel):
    """A state that says nothing."""


class Broker:
    """Remembers what was acknowledged; fails or waits when told to."""

    def __init__(self) -> None:
        self.acknowledged: list[Envelope[Event]] = []
        self.calls = 0
        self.failures = 0
        self.open = asyncio.Event()
        self.open.set()
        self.at_once = self.most_at_once = 0

    async def send(self, envelopes: Sequence[Envelope[Event]]) -> None:
        self.calls += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self.open.wait()
            if self.failures:
                self.failures -= 1
                self.acknowledged.append(envelopes[0])  # some of it arrived all the same
                raise ConnectionError
            self.acknowledged.extend(envelopes)
        finally:
            self.at_once -= 1

    @property
    def ids(self) -> list[str]:
        return [envelope.id for envelope in self.acknowledged]


@asynccontextmanager
async def running(
    *cases: Aggregates[State], send: Any, clock: HandClock | None = None, every: float = 0.05
) -> AsyncIterator[Relay]:
    relay = Relay(cases, send, clock or HandClock(), every=every, most_wait=0.05)
    task = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def emit(cases: Aggregates[State], key: str, *names: str) -> None:
    await cases.apply(key, lambda _state: Change(State(), tuple(identity_rejected(key, name) for name in names)))


async def stored(cases: Aggregates[State], key: str = KEY) -> Document:
    document = await cases.documents.get(cases.collection, key)
    assert document is not None
    return document


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - what is watched knows of no event
            await asyncio.sleep(0.002)
