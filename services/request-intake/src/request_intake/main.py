"""Starts request-intake: what it is made of, in the order it is opened; it is closed in reverse."""

from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Final

import httpx

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
from madoguchi.web.api_keys import ApiKeys
from madoguchi.web.idempotency import ANSWERS
from request_intake import handlers, wiring
from request_intake.adapters.tally import RequestGauges
from request_intake.http.app import Rates, application, furnish
from request_intake.line.http import router as line_router
from request_intake.line.opened import line_channels
from request_intake.settings import Settings

NAME: Final = "request-intake"
FORGET_SECONDS: Final = 600.0


async def run(settings: Settings) -> None:
    """Until SIGTERM."""
    towns = load_towns(settings.towns_dir)
    connection = settings.kafka
    async with AsyncExitStack() as stack:
        documents = await stack.enter_async_context(connected(settings.mongodb_uri, NAME))
        vault = await stack.enter_async_context(opened(settings, towns, utc_now, settings.erasure_journal_uri))
        client = await stack.enter_async_context(httpx.AsyncClient())
        producer = await stack.enter_async_context(Producer(connection, NAME))
        await prepared(documents, (handlers.REQUESTS, ANSWERS))
        sweep = Sweep(settings.sweep_seconds, lambda: handlers.sweep(deps))
        deps = replace(wiring.deps(settings, towns, documents, vault, client), wake=sweep.wake)
        app = application(Rates(settings.api_rate_per_minute, settings.page_rate_per_minute), [line_router])
        keys = ApiKeys.from_towns(towns, settings.secrets_dir)
        furnish(app, deps, documents, keys, wiring.webhook_secrets(settings, towns))
        line = await stack.enter_async_context(line_channels(app, deps, documents, towns, settings.secrets_dir))
        relay = Relay([deps.requests], producer.send, utc_now)
        forget = Sweep(FORGET_SECONDS, app.state.idempotency.forget_expired)
        consumer = Consumer(NAME, connection, dispatch(handlers.HANDLERS, deps), producer, clock=utc_now)
        chat = (line.run, Sweep(settings.sweep_seconds, line.sweep).run, Sweep(settings.sweep_seconds, line.forget).run)
        watch = RequestGauges(deps.requests, towns, utc_now)
        seen = gauges(settings.gauges_seconds, (StoreGauges([deps.requests], utc_now).refresh, watch.refresh), utc_now)
        rekeying = wiring.rekeying(towns, documents, vault)
        background = (relay.run, sweep.run, forget.run, seen.run, *chat, *rekeying)
        await serve(NAME, settings, app, consumer, background, checks={"store": documents.ping})


def main() -> None:
    """The console script."""
    launch(NAME, Settings, run)
