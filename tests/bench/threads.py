"""One whole thread through the REST API: asked, signed, paid, certificate ready; and waiting for all notices."""

import asyncio
import time
from typing import Any

from bench.feed import CARD
from bench.running import TOWN, start
from e2e.rest import Client, channel
from madoguchi.contracts.flow import SERVICES
from madoguchi_sandbox.launcher.stack import Stack

MAIL = "bench@mihon.example"


async def one_thread(client: Client) -> tuple[dict[str, Any], float]:
    """The request at its end, and milliseconds from the first call to `ready`."""
    began = time.perf_counter()
    made = (await client.create(email=MAIL)).raise_for_status().json()
    await client.sign(made, CARD)
    await client.until(made, "fee_due", within=120)
    await client.pay(made)
    ready = await client.until(made, "ready", within=120)
    return ready, 1000 * (time.perf_counter() - began)


async def threads(stack: Stack, count: int) -> tuple[dict[str, Any], list[float]]:
    """So many one after the other; the last one's request, and every one's milliseconds."""
    took = []
    async with channel(stack, TOWN) as client:
        for _ in range(count):
            ready, milliseconds = await one_thread(client)
            took.append(milliseconds)
    await asyncio.sleep(2)  # the last notices, and what the relays still take out
    return ready, took


def start_all(stack: Stack, cores: frozenset[int], *, but: str = "") -> None:
    """Every service, as the console scripts start them."""
    for name in SERVICES:
        if name != but:
            start(stack, name, cores, lagged=False)


def stop_services(stack: Stack) -> None:
    """Those of the services that run; the servers stay."""
    for name in SERVICES:
        stack.terminate(name)
