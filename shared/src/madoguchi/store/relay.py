"""The relay: publishes what aggregates left in their outboxes, and takes out what was published.

Inside one aggregate in order, across aggregates at the same time. What was saved in this process is published at once
and without reading it again; what another process left behind is found by looking at the store every so often. A crash
between publishing and taking out repeats events, with the same ids; nothing is lost.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_exponential_jitter

from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.events import Event
from madoguchi.store.aggregates import Aggregates, instant
from madoguchi.store.outbox import OUTBOX_AT, envelopes, waiting, without
from madoguchi.store.port import Document, StaleVersion

_log: Final = structlog.get_logger("madoguchi.relay")

Send = Callable[[Sequence[Envelope[Event]]], Awaitable[None]]
"""Publishes in order and returns when all are acknowledged; raising means that any of them may not be."""

MOST_NOTED: Final = 10_000
"""Aggregates known or being published at most; those beyond are found by looking at the store."""
ENOUGH: Final = 500
"""While so many are at hand, and get published, the store is not looked at: what was left behind waits its turn too."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Which aggregate: the position of its kind, and its `_id`."""

    kind: int
    id: str


class Relay:
    """Publishes the outboxes of `aggregates` by `send`, as long as `run` runs. Belongs to one event loop.

    `every`: seconds between looks at the store. `leave`: how old something must be to count as left behind; younger
    ones are another process's own business. `at_once`: how many aggregates are published at the same time.
    `most_wait`: seconds between tries at most, while `send` or the store fails.
    """

    def __init__(
        self,
        aggregates: Sequence[Aggregates[Any]],
        send: Send,
        clock: Callable[[], datetime],
        *,
        every: float = 1.0,
        leave: timedelta = timedelta(seconds=2),
        at_once: int = 64,
        most_wait: float = 2.0,
    ) -> None:
        self._kinds = tuple(aggregates)
        self._send = send
        self._clock = clock
        self._every = every
        self._leave = leave
        self._most_wait = most_wait
        self._turns = asyncio.Semaphore(at_once)
        self._noted: dict[_Place, Document | None] = {}  # None: to be read first
        self._busy: set[_Place] = set()
        self._look_for_all = True
        self._stalled = False
        self._moved = False  # something was published since the last look
        self._woken = asyncio.Event()
        self._idle = asyncio.Event()
        for kind, each in enumerate(self._kinds):
            each.watchers.append(partial(self._note, kind))

    def wake(self) -> None:
        """Look at the store now. Not needed after saves by `aggregates`: the relay hears of those."""
        if not self._noted:
            self._look_for_all = True
        self._woken.set()

    async def run(self) -> None:
        """Publish until cancelled."""
        loop = asyncio.get_running_loop()
        look_at = loop.time()
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._woken.clear()
                if self._look_for_all or loop.time() >= look_at:
                    await self._look()
                    look_at = loop.time() + self._every
                for place in [place for place in self._noted if place not in self._busy]:
                    self._busy.add(place)
                    tasks.create_task(self._attend(place))
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(look_at):
                        await self._woken.wait()

    async def drained(self) -> None:
        """Return when nothing that the relay knows of is left to publish (while it runs)."""
        while self._noted or self._busy:
            self._idle.clear()
            await self._idle.wait()

    def _note(self, kind: int, document: Document) -> None:
        place = _Place(kind, document["_id"])
        if place in self._noted or len(self._noted) + len(self._busy) < MOST_NOTED:
            self._noted[place] = document
        self._woken.set()

    async def _look(self) -> None:
        """Note what lies in the store and nobody attends to."""
        moved, self._moved = self._moved, False
        if moved and len(self._noted) + len(self._busy) >= ENOUGH:
            return
        until = datetime.max.replace(tzinfo=UTC) if self._look_for_all else self._clock() - self._leave
        self._look_for_all = False
        limit = ENOUGH + len(self._busy)  # those being tried in vain must not hide the others
        for kind, each in enumerate(self._kinds):
            try:
                found = await each.documents.find(
                    each.collection, at_most=(OUTBOX_AT, instant(until)), order_by=OUTBOX_AT, limit=limit
                )
            except Exception as error:  # noqa: BLE001 - the next look tries again
                _log.warning("outboxes not read", collection=each.collection.name, error=type(error).__qualname__)
                continue
            for document in found:
                place = _Place(kind, document["_id"])
                if place not in self._busy and len(self._noted) + len(self._busy) < MOST_NOTED:
                    self._noted.setdefault(place, None)

    async def _attend(self, place: _Place) -> None:
        """Publish one aggregate's outbox, however long it takes, and whatever is added meanwhile."""
        version = 0
        try:
            while place in self._noted:
                noted = self._noted.pop(place)
                if noted is None or noted["version"] > version:
                    version = await self._publish_for_sure(place, noted)
        finally:
            self._busy.discard(place)
            if not self._noted and not self._busy:
                self._idle.set()

    async def _publish_for_sure(self, place: _Place, noted: Document | None) -> int:
        """Try until it succeeds; returns the version then stored."""
        each, version = self._kinds[place.kind], 0
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(Exception),
            wait=wait_exponential_jitter(multiplier=0.05, max=self._most_wait, jitter=0.05),
            before_sleep=partial(self._say_stalled, place),
        ):
            with attempt:
                async with self._turns:
                    document, noted = noted or await each.documents.get(each.collection, place.id), None
                    version = await self._publish(each, document)
        self._moved = True
        self._say_flowing()
        return version

    async def _publish(self, each: Aggregates[Any], document: Document | None) -> int:
        while document is not None and (events := waiting(document)):
            await self._send(envelopes(events))
            document = await self._take_out(each, document, events)
        return 0 if document is None else int(document["version"])

    async def _take_out(
        self, each: Aggregates[Any], document: Document, published: Sequence[dict[str, Any]]
    ) -> Document | None:
        """The document as it is stored afterwards: others may have added to it, or have published it too."""
        present: Document | None = document
        while present is not None:
            after = without(present, published, instant(self._clock()))
            if len(waiting(after)) == len(waiting(present)):
                return present
            try:
                await each.documents.replace(each.collection, after)
            except StaleVersion:
                present = await each.documents.get(each.collection, document["_id"])
                continue
            return after
        return None

    def _say_stalled(self, place: _Place, state: RetryCallState) -> None:
        """Once when it begins, then more and more rarely: when the broker is down, every aggregate comes by here."""
        attempts = state.attempt_number
        if self._stalled and (attempts < 8 or attempts & (attempts - 1)):
            return
        self._stalled = True
        error = state.outcome.exception() if state.outcome else None
        _log.warning(
            "outbox not published",
            collection=self._kinds[place.kind].collection.name,
            id=place.id,
            attempts=attempts,
            error=type(error).__qualname__,
        )

    def _say_flowing(self) -> None:
        if self._stalled:
            self._stalled = False
            _log.info("outboxes published again")
