"""What stands before several instances in a town's cluster: one address, each connection to the next that answers."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import count


@asynccontextmanager
async def balanced(port: int, behind: Sequence[int]) -> AsyncIterator[None]:
    """Connections to `port` go to one of the ports `behind`, in turn."""
    turns = count()
    serving: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(serve(reader, writer))
        serving.add(task)
        task.add_done_callback(serving.discard)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = next(turns)
        for step in range(len(behind)):
            try:
                there = await asyncio.open_connection("127.0.0.1", behind[(first + step) % len(behind)])
            except OSError:
                continue
            await asyncio.gather(_pass_on(reader, there[1]), _pass_on(there[0], writer))
            return
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        with contextlib.suppress(OSError):
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
    finally:
        writer.close()
