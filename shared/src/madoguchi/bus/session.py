"""One membership in the consumer group: from joining to leaving. When it breaks, `Consumer` begins another."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from madoguchi.bus.held import Held
from madoguchi.bus.incarnation import Incarnation
from madoguchi.bus.lag import Lag
from madoguchi.bus.lanes import Lanes
from madoguchi.bus.progress import Progress
from madoguchi.bus.record import Record, received
from madoguchi.bus.retry import Processor
from madoguchi.contracts.flow import retry_delay
from madoguchi.telemetry import metrics

POLL_MILLIS: Final = 200
COMMIT_EVERY: Final = 0.05
CALL_SECONDS: Final = 5.0
"""How long one call to the broker may take where waiting longer helps nobody."""

_log = structlog.get_logger("madoguchi.bus")


class Stalled(Exception):
    """There is work, it may be done, and nothing moves."""


@dataclass(frozen=True, slots=True)
class Flow:
    """How much is taken at once."""

    width: int = 32
    """Handlers running side by side."""
    most_in_flight: int = 500
    """Records taken and not finished; above it reading pauses, below half of it reading goes on."""
    per_poll: int = 200
    stall_seconds: float = 60.0
    drain_seconds: float = 20.0


class Session(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka asks for this base
    """Reads, hands out, commits. All state is of this one membership; only the lanes outlive it."""

    def __init__(
        self,
        client: AIOKafkaConsumer,
        processor: Processor,
        lanes: Lanes,
        flow: Flow,
        find: Callable[[Iterable[TopicPartition]], Awaitable[Incarnation]],
    ) -> None:
        self._client = client
        self._processor = processor
        self._lanes = lanes
        self._flow = flow
        self._progress: dict[TopicPartition, Progress] = {}
        self._held: Held[TopicPartition] = Held()
        self._poll: asyncio.Task[dict[TopicPartition, list[Any]]] | None = None
        self._dirty = asyncio.Event()
        self._broken: BaseException | None = None
        self._moved_at = time.monotonic()
        self._find = find
        self._cluster = ""
        self.on_assigned: Callable[[], None] = lambda: None
        self.progressed = False

    async def run(self, draining: asyncio.Event) -> None:
        """Until draining; then `leave` is left to do. Raises `KafkaError`, `Stalled`, or what broke the session."""
        async with contextlib.AsyncExitStack() as stack:
            lag = Lag(self._client, self._processor.service, self._progress)
            for work in (self._commit_for_ever, self._watch, lag.run):
                stack.push_async_callback(_ended, asyncio.create_task(self._guarded(work)))
            stack.push_async_callback(self._stop_polling)
            while not draining.is_set():
                if self._broken is not None:
                    raise self._broken
                self._steer()
                await self._read(draining)

    async def leave(self, seconds: float) -> None:
        """Let what is at hand end within `seconds`, and commit it."""
        await self._finish(seconds)

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Called by the client before it gives partitions up: finish, commit, forget."""
        self._forget_unhandled()
        self._held.clear()
        await self._finish(self._flow.drain_seconds)
        self._progress.clear()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Called by the client when it was given partitions."""
        partitions = list(assigned)
        try:
            incarnation = await asyncio.wait_for(self._find(partitions), CALL_SECONDS)
            self._cluster = incarnation.cluster
            if incarnation.outdated:
                await asyncio.wait_for(self._client.seek_to_beginning(*incarnation.outdated), CALL_SECONDS)
        except (KafkaError, TimeoutError) as error:
            self._broken = error
            return
        for tp in partitions:
            self._progress.setdefault(tp, Progress())
        self._moved_at = time.monotonic()
        self.on_assigned()
        metrics.BROKER_CONNECTED.set(1)
        _log.info("assigned", partitions=len(partitions), outdated=len(incarnation.outdated))

    def _forget_unhandled(self) -> None:
        """What was read but not yet taken belongs to the old assignment; it will be read again."""
        if self._poll is not None and self._poll.done():
            self._poll = None

    async def _read(self, draining: asyncio.Event) -> None:
        if self._poll is None:
            self._poll = asyncio.create_task(
                self._client.getmany(timeout_ms=POLL_MILLIS, max_records=self._flow.per_poll)
            )
        poll = self._poll
        await asyncio.wait({poll}, timeout=max(10.0, self._held.wait(self._now(), POLL_MILLIS)) / 1000)
        if not poll.done() or self._poll is not poll:
            return
        self._poll = None
        for tp, records in poll.result().items():
            if not draining.is_set():
                self._held.add(tp, map(received, records), self._now(), retry_delay(tp.topic) * 1000)
        self._release()

    def _release(self) -> None:
        """Hand out what is due, in order."""
        for tp, record in self._held.take_due(self._now()):
            self._hand_out(tp, record)

    def _now(self) -> float:
        return self._processor.clock().timestamp() * 1000

    def _hand_out(self, tp: TopicPartition, record: Record) -> None:
        progress = self._progress.setdefault(tp, Progress())
        if progress.went_back(record.offset):
            progress = self._progress[tp] = Progress()
        progress.take(record.offset)
        self._moved_at = time.monotonic()

        async def work() -> None:
            try:
                await self._processor.process(record)
                progress.finish(record.offset)
                self._moved_at = time.monotonic()
                self.progressed = True
                self._dirty.set()
            except Exception as error:  # noqa: BLE001 - the record is not done with: read it again in a new session
                self._broken = error

        lane = record.key if record.key is not None else f"{record.topic}/{record.partition}/{record.offset}".encode()
        self._lanes.submit(lane, work)

    def _steer(self) -> None:
        """Pause everything when too much is in flight, else only what is held; resume the rest."""
        self._release()
        metrics.IN_FLIGHT.set(len(self._lanes))
        assigned, paused = self._client.assignment(), self._client.paused()
        full = len(self._lanes) >= self._flow.most_in_flight * (0.5 if self._congested(paused) else 1.0)
        wanted = set(assigned) if full else self._held.partitions & assigned
        if resume := (paused - wanted) & assigned:
            self._client.resume(*resume)
        if pause := wanted - paused:
            self._client.pause(*pause)

    def _congested(self, paused: set[TopicPartition]) -> bool:
        return bool(paused - self._held.partitions)

    async def _finish(self, seconds: float) -> None:
        """Let what is at hand end, and commit it."""
        if not await self._lanes.settled(seconds):
            _log.warning("not_finished_in_time", records=len(self._lanes))
        with contextlib.suppress(KafkaError, TimeoutError):
            await self._commit()

    async def _commit_for_ever(self) -> None:
        while True:
            await self._dirty.wait()
            await asyncio.sleep(COMMIT_EVERY)
            self._dirty.clear()
            try:
                await self._commit()
            except (KafkaError, TimeoutError) as error:  # redelivery is coming; handlers recognise repeats
                _log.info("not_committed", error=type(error).__qualname__)

    async def _commit(self) -> None:
        """Commit every partition up to its first unfinished record. Raises `KafkaError`, `TimeoutError`."""
        owned = [(tp, progress, progress.committable()) for tp, progress in self._progress.items()]
        offsets = {tp: offset for tp, _, offset in owned if offset is not None}
        if not offsets:
            return
        async with asyncio.timeout(CALL_SECONDS):
            await self._client.commit({tp: (offset, self._cluster) for tp, offset in offsets.items()})
        for tp, progress, _ in owned:
            if tp in offsets:
                progress.committed(offsets[tp])

    async def _watch(self) -> None:
        """aiokafka has been seen to stop fetching without an error; only the broker's own offsets show it."""
        while True:
            await asyncio.sleep(self._flow.stall_seconds / 4)
            if await self._behind() and time.monotonic() - self._moved_at > self._flow.stall_seconds:
                raise Stalled

    async def _behind(self) -> bool:
        """Whether a partition that may be read has records we have not taken."""
        free = set(self._progress) - self._client.paused()
        try:
            ends = await asyncio.wait_for(self._client.end_offsets(list(free)), CALL_SECONDS)
            positions = {tp: await self._position(tp) for tp in free}
        except (KafkaError, TimeoutError, ValueError, AssertionError):  # in the middle of a rebalance, or no broker
            return False
        return any(ends.get(tp, 0) > position for tp, position in positions.items())

    async def _position(self, tp: TopicPartition) -> int:
        position: int = await asyncio.wait_for(self._client.position(tp), CALL_SECONDS)
        return position

    async def _guarded(self, work: Any) -> None:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - ends the session
            self._broken = error

    async def _stop_polling(self) -> None:
        if self._poll is not None:
            await _ended(self._poll)
            self._poll = None


async def _ended(task: "asyncio.Task[Any]") -> None:
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()
