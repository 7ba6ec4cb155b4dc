"""What stands before several processes: one address, each connection to the next that answers. It can be cut."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count


@dataclass(slots=True)
class Door:
    """Connections to one port go to one of the ports `behind`, in turn."""

    behind: Sequence[int]
    host: str = "127.0.0.1"
    open: bool = True
    _turns: "count[int]" = field(default_factory=count)
    _serving: set[asyncio.Task[None]] = field(default_factory=set)

    async def cut(self, seconds: float) -> None:
        """Break every connection, and take none for so long: as a network does."""
        await self.shut()
        await asyncio.sleep(seconds)
        self.open = True

    async def shut(self) -> None:
        """Break every connection, and take none until it is `open` again."""
        self.open = False
        await self._break()

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = next(self._turns)
        try:
            for step in range(len(self.behind) if self.open else 0):
                try:
                    there = await asyncio.open_connection(self.host, self.behind[(first + step) % len(self.behind)])
                except OSError:
                    continue
                await asyncio.gather(_pass_on(reader, there[1]), _pass_on(there[0], writer))
                return
        finally:
            writer.close()

    async def _break(self) -> None:
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)


@asynccontextmanager
async def standing(port: int, behind: Sequence[int], host: str = "127.0.0.1") -> AsyncIterator[Door]:
    """A door at `port` to the ports `behind` of `host`, until the context ends."""
    door = Door(behind, host)
    server = await asyncio.start_server(door.accept, "127.0.0.1", port)
    try:
        yield door
    finally:
        server.close()
        await door._break()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        with contextlib.suppress(OSError):
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
    finally:
        writer.close()
