"""The front of the embedded broker: one fixed address, whatever becomes of the child behind it."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

import structlog

from madoguchi_sandbox.broker.requests import is_leaders_sync

START_SECONDS: Final = 15.0
PAUSE_SECONDS: Final = 0.1
"""Between the end of a child and the start of the next."""
LEADER_WAITS: Final = 0.1
_CHUNK: Final = 256 * 1024

_log = structlog.get_logger("madoguchi_sandbox.broker")


@dataclass(slots=True)
class _Child:
    process: asyncio.subprocess.Process
    host: str
    port: int


class Broker:
    """The front and the supervisor of its child."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self._child: _Child | None = None
        self._up = asyncio.Event()

    @property
    def child_pid(self) -> int | None:
        """Process id of the broker itself, when it runs."""
        return self._child.process.pid if self._child is not None else None

    async def until_up(self) -> None:
        """Wait until a child answers."""
        await asyncio.wait_for(self._up.wait(), START_SECONDS)

    async def supervise(self) -> None:
        """Keep a child running, until cancelled."""
        try:
            while True:
                child = self._child = await self._start()
                self._up.set()
                _log.info("broker_started", pid=child.process.pid)
                status = await child.process.wait()
                self._up.clear()
                _log.warning("broker_ended", status=status)
                await asyncio.sleep(PAUSE_SECONDS)
        finally:
            await self._stop()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Connect a client with the child, for as long as both live."""
        with contextlib.suppress(OSError, TimeoutError):
            await self.until_up()
            child = self._child
            if child is not None:
                behind = await asyncio.open_connection(child.host, child.port)
                await _join((reader, writer), behind)
        writer.close()

    async def _start(self) -> _Child:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "madoguchi_sandbox.broker.mock",
            self.host,
            str(self.port),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None  # noqa: S101 - asked for above
        line = await asyncio.wait_for(process.stdout.readline(), START_SECONDS)
        host, _, port = line.decode().strip().rpartition(":")
        if not host:
            raise RuntimeError("the broker's child ended while starting; its own words are above")
        return _Child(process, host, int(port))

    async def _stop(self) -> None:
        child, self._child = self._child, None
        if child is not None and child.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.process.kill()
            await child.process.wait()


@contextlib.asynccontextmanager
async def running(host: str, port: int) -> AsyncIterator[Broker]:
    """A broker that answers on `host:port` (0: a free port) until the context ends.

    Raises `OSError` when the port is taken, `RuntimeError` when the child cannot start.
    """
    broker = Broker(host, port)
    server = await asyncio.start_server(broker.accept, host, port, start_serving=False, limit=_CHUNK)
    broker.port = server.sockets[0].getsockname()[1]
    supervision = asyncio.create_task(broker.supervise())
    try:
        up = asyncio.ensure_future(broker.until_up())
        await asyncio.wait({up, supervision}, return_when=asyncio.FIRST_COMPLETED)
        if supervision.done():
            up.cancel()
            await supervision
        await up
        await server.start_serving()
        yield broker
    finally:
        server.close()
        supervision.cancel()
        await asyncio.wait({supervision})


async def _join(
    front: tuple[asyncio.StreamReader, asyncio.StreamWriter], back: tuple[asyncio.StreamReader, asyncio.StreamWriter]
) -> None:
    """Carry bytes both ways until one side ends; then end the other."""
    ways = {asyncio.create_task(_carry_requests(front[0], back[1])), asyncio.create_task(_carry(back[0], front[1]))}
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.wait(ways)
        back[1].close()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()


async def _carry_requests(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Request by request, a leader's SyncGroup a little later: once the leader has handed out partitions, the broker
    refuses members that have not asked for theirs yet."""
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        while True:
            length = await reader.readexactly(4)
            request = await reader.readexactly(int.from_bytes(length, "big"))
            if is_leaders_sync(request):
                await asyncio.sleep(LEADER_WAITS)
            writer.write(length + request)
            await writer.drain()


async def serve(host: str, port: int) -> None:
    """Run until SIGTERM or SIGINT."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with running(host, port) as broker:
        _log.info("listening", host=broker.host, port=broker.port)
        await stopping.wait()
