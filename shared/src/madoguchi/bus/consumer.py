"""Reading events for one service: at least once, in order under each key, for as long as the process lives.

When the broker goes away, or the group breaks, a new session is begun; handlers may then see records again.
"""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer

from madoguchi.bus.closing import let_go
from madoguchi.bus.connection import Connection
from madoguchi.bus.handling import Handle
from madoguchi.bus.incarnation import present
from madoguchi.bus.lanes import Lanes
from madoguchi.bus.producer import Producer
from madoguchi.bus.retry import Patience, Processor
from madoguchi.bus.session import CALL_SECONDS, Flow, Session, Stalled
from madoguchi.contracts.flow import subscriptions
from madoguchi.telemetry import metrics

AGAIN_SECONDS: Final = 0.5
LONG_POLL_MILLIS: Final = 50
"""How long the broker may hold a fetch open: the embedded broker does not wake a fetch when records arrive."""
STALLS_UNTIL_STUCK: Final = 2

_log = structlog.get_logger("madoguchi.bus")


class Consumer:
    """Consumes the topics of `service` (by `FLOW`, and its retry topics) as the group of that name."""

    def __init__(
        self,
        service: str,
        connection: Connection,
        handle: Handle,
        producer: Producer,
        *,
        clock: Callable[[], datetime],
        flow: Flow | None = None,
        patience: Patience | None = None,
        session_seconds: float | None = None,
    ) -> None:
        self._service = service
        self._connection = connection
        self._flow = flow or Flow()
        self._processor = Processor(service, handle, producer, clock, patience or Patience())
        self._session_seconds = session_seconds or connection.session_seconds
        self._lanes = Lanes(self._flow.width)
        self._draining = asyncio.Event()
        self._drain_seconds = self._flow.drain_seconds
        self._ended = asyncio.Event()
        self._stalls = 0
        self.was_assigned = False

    @property
    def stalled(self) -> bool:
        """Whether starting anew did not help: only a restart of the process may."""
        return self._stalls >= STALLS_UNTIL_STUCK

    async def run(self) -> None:
        """Read and handle until `drain`. Outlives the loss of the broker."""
        try:
            while not self._draining.is_set():
                try:
                    await self._one_session()
                except Exception as error:  # noqa: BLE001 - HTTP goes on, and the next session may go well
                    self._note(error)
                    await self._pause()
        finally:
            await self._lanes.cancel()
            self._ended.set()

    async def drain(self, within: float | None = None) -> None:
        """Take nothing new, finish what is at hand, commit, leave the group. Returns when that is done.

        What is not finished `within` seconds is cancelled, and heard again by another process.
        """
        self._drain_seconds = within or self._drain_seconds
        self._draining.set()
        await self._ended.wait()

    async def _one_session(self) -> None:
        client = self._client()
        find = partial(present, self._connection, self._service)
        session = Session(client, self._processor, self._lanes, self._flow, find)
        client.subscribe(list(subscriptions(self._service)), listener=session)
        session.on_assigned = self._assigned
        try:
            if await self._unless_draining(client.start()):
                await session.run(self._draining)
                await session.leave(self._drain_seconds)
        finally:
            self._stalls = 0 if session.progressed else self._stalls
            metrics.BROKER_CONNECTED.set(0)
            await let_go(client.stop(), client._client)

    def _assigned(self) -> None:
        self.was_assigned = True

    async def _unless_draining(self, starting: Any) -> bool:
        start = asyncio.ensure_future(starting)
        drain = asyncio.ensure_future(self._draining.wait())
        try:
            await asyncio.wait({start, drain}, return_when=asyncio.FIRST_COMPLETED)
            if start.done():
                await start
                return True
            return False
        finally:
            drain.cancel()
            if not start.done():
                start.cancel()
                await asyncio.wait({start})

    def _client(self) -> AIOKafkaConsumer:
        drain_millis = int((self._flow.drain_seconds + CALL_SECONDS) * 1000)
        session_millis = int(self._session_seconds * 1000)
        return AIOKafkaConsumer(
            **self._connection.options(),
            group_id=self._service,
            client_id=self._service,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=session_millis,
            heartbeat_interval_ms=int(min(1.0, self._session_seconds / 3) * 1000),
            rebalance_timeout_ms=drain_millis,
            # Joining waits until a dead member is known to be dead; giving up earlier leaves one more behind.
            request_timeout_ms=max(drain_millis, 2 * session_millis) + 15_000,
            fetch_max_wait_ms=LONG_POLL_MILLIS,
            max_poll_records=self._flow.per_poll,
        )

    def _note(self, error: BaseException) -> None:
        reason = type(error).__qualname__
        self._stalls += isinstance(error, Stalled)
        metrics.REJOINS.labels(reason).inc()
        _log.warning("consumer_starts_again", reason=reason)

    async def _pause(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._draining.wait(), AGAIN_SECONDS)
