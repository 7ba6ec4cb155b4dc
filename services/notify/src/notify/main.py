"""Starts notify: what it is made of, in the order it is opened; it is closed in reverse."""

import asyncio
from contextlib import AsyncExitStack
from typing import Final

from madoguchi.bus.consumer import Consumer
from madoguchi.bus.handling import dispatch
from madoguchi.bus.producer import Producer
from madoguchi.policy.load import load_towns
from madoguchi.service.clock import utc_now
from madoguchi.service.gauges import gauges
from madoguchi.service.run import launch, serve
from madoguchi.service.sweep import Sweep
from madoguchi.store.gauges import StoreGauges
from madoguchi.store.open import connected, prepared
from madoguchi.store.relay import Relay
from madoguchi.vault.open import opened
from notify.deliver import Courier
from notify.handlers import HANDLERS, Deps
from notify.settings import Settings
from notify.wiring import application, channels_of, recipients

NAME: Final = "notify"


async def run(settings: Settings) -> None:
    """Until SIGTERM; deliveries at hand are finished before the channels close."""
    towns = load_towns(settings.towns_dir)
    connection = settings.kafka
    async with AsyncExitStack() as stack:
        documents = await stack.enter_async_context(connected(settings.mongodb_uri, NAME))
        vault = await stack.enter_async_context(opened(settings, towns, utc_now, settings.erasure_journal_uri))
        producer = await stack.enter_async_context(Producer(connection, NAME))
        channels = await channels_of(settings, towns, stack)
        deliveries = await stack.enter_async_context(asyncio.TaskGroup())
        kept = recipients(documents)
        await prepared(documents, (kept.collection,))
        courier = Courier(kept, vault, channels, utc_now, deliveries)
        sweep = Sweep(settings.sweep_seconds, courier.round)
        seen = gauges(settings.gauges_seconds, [StoreGauges([kept], utc_now).refresh], utc_now)
        await serve(
            NAME,
            settings,
            application(),
            Consumer(NAME, connection, dispatch(HANDLERS, Deps(kept, sweep.wake)), producer, clock=utc_now),
            background=(Relay([kept], producer.send, utc_now).run, sweep.run, seen.run),
            checks={"store": documents.ping},
        )


def main() -> None:
    """The console script."""
    launch(NAME, Settings, run)
