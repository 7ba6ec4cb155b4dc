"""Starts the console: what it is made of, in the order it is opened; it is closed in reverse."""

from contextlib import AsyncExitStack
from functools import partial
from typing import Any, Final

import httpx

from console import wiring
from console.adapters.dead_letters import BrokerDeadLetters
from console.handlers import HANDLERS, acting, delivering
from console.handlers.watching import forget, see
from console.http.app import application
from console.settings import Settings
from madoguchi.bus.consumer import Consumer
from madoguchi.bus.handling import dispatch
from madoguchi.bus.producer import Producer
from madoguchi.bus.watcher import Watcher
from madoguchi.contracts.flow import DETOURS, WATCHERS
from madoguchi.policy.load import load_towns
from madoguchi.service.clock import utc_now
from madoguchi.service.gauges import gauges
from madoguchi.service.run import launch, serve
from madoguchi.service.sweep import Sweep
from madoguchi.store.aggregates import Aggregates
from madoguchi.store.gauges import StoreGauges
from madoguchi.store.open import connected, prepared
from madoguchi.store.relay import Relay
from madoguchi.vault.open import opened

NAME: Final = "console"
FORGET_SECONDS: Final = 600.0


async def run(settings: Settings) -> None:
    """Until SIGTERM."""
    towns = load_towns(settings.towns_dir)
    connection = settings.kafka
    async with AsyncExitStack() as stack:
        documents = await stack.enter_async_context(connected(settings.mongodb_uri, NAME))
        vault = await stack.enter_async_context(opened(settings, towns, utc_now, settings.erasure_journal_uri))
        producer = await stack.enter_async_context(Producer(connection, NAME))
        client = await stack.enter_async_context(httpx.AsyncClient())
        await prepared(documents, wiring.COLLECTIONS)
        deps = wiring.deps(settings, towns, documents, vault, BrokerDeadLetters(connection, producer, utc_now))
        site = wiring.site(settings, deps, documents, client)
        decided: list[Aggregates[Any]] = [deps.cases, deps.notices, deps.tests]
        await serve(
            NAME,
            settings,
            application(site, settings.staff_page_rate_per_minute),
            Consumer(NAME, connection, dispatch(HANDLERS, deps), producer, clock=utc_now),
            background=(
                Relay(decided, producer.send, utc_now).run,
                gauges(settings.gauges_seconds, (StoreGauges(decided, utc_now).refresh,), utc_now).run,
                Watcher(WATCHERS, DETOURS, connection, partial(see, deps=deps)).run,
                Sweep(FORGET_SECONDS, site.login.forget_lapsed).run,
                Sweep(FORGET_SECONDS, partial(forget, deps)).run,
                Sweep(FORGET_SECONDS, partial(delivering.sweep, deps)).run,
                Sweep(FORGET_SECONDS, partial(acting.renew, deps)).run,
            ),
            checks={"store": documents.ping},
        )


def main() -> None:
    """The console script."""
    launch(NAME, Settings, run)
