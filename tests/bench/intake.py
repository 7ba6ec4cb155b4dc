"""A channel that posts requests, quickly: many connections, one body."""

import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from bench.running import TOWN
from bench.schedule import Send
from e2e.rest import channel, key_of
from madoguchi_sandbox.launcher.stack import Stack

CONNECTIONS = 512
PATIENCE = aiohttp.ClientTimeout(total=60)


@asynccontextmanager
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """A client with enough connections."""
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(connector=connector, timeout=PATIENCE) as made:
        yield made


async def wish(stack: Stack) -> bytes:
    """The body of a request for a certificate, as a channel sends it."""
    async with channel(stack, TOWN) as client:
        return json.dumps(await client.wish(email="bench@mihon.example")).encode()


def requests(client: aiohttp.ClientSession, stack: Stack, body: bytes) -> Send:
    """`POST /v1/requests`, each a new one."""
    url, key = f"{stack.layout.url('request-intake')}/v1/requests", key_of(stack, TOWN)
    fixed = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    async def send(_: int) -> bool:
        headers = {**fixed, "Idempotency-Key": str(uuid.uuid4())}
        return await _answered(client, url, body, headers)

    return send


def plain(client: aiohttp.ClientSession, url: str, body: bytes) -> Send:
    """The same body to another address."""

    async def send(_: int) -> bool:
        return await _answered(client, url, body, {"Content-Type": "application/json"})

    return send


async def _answered(client: aiohttp.ClientSession, url: str, body: bytes, headers: dict[str, str]) -> bool:
    try:
        async with client.post(url, data=body, headers=headers) as answer:
            await answer.read()
            return answer.status == 202
    except aiohttp.ClientError:
        return False
