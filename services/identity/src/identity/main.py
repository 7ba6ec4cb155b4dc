"""Starts identity: what it is made of, in the order it is opened; it is closed in reverse."""

from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Final

import httpx
from fastapi import FastAPI

from identity.adapters.nonces import NONCES, StoredNonces
from identity.adapters.tally import tally
from identity.adapters.trust import card_check
from identity.domain.case import Case
from identity.handlers import HANDLERS, Deps
from identity.settings import Settings
from madoguchi.bus.consumer import Consumer
from madoguchi.bus.handling import dispatch
from madoguchi.bus.producer import Producer
from madoguchi.policy.load import load_towns
from madoguchi.service.clock import utc_now
from madoguchi.service.gauges import gauges
from madoguchi.service.run import launch, serve
from madoguchi.service.sweep import Sweep
from madoguchi.store.aggregates import Aggregates, collection
from madoguchi.store.gauges import StoreGauges
from madoguchi.store.open import connected, prepared
from madoguchi.store.relay import Relay
from madoguchi.vault.open import opened

NAME: Final = "identity"
FORGET_SECONDS: Final = 600.0
LISTS_SECONDS: Final = 5.0
"""How long the server of the revocation lists may take for each step."""


async def run(settings: Settings) -> None:
    """Until SIGTERM."""
    towns = load_towns(settings.towns_dir)
    longest = max(town.deadlines.retention for town in towns.values())
    patience = timedelta(seconds=settings.crl_patience_seconds)
    connection = settings.kafka
    async with AsyncExitStack() as stack:
        documents = await stack.enter_async_context(connected(settings.mongodb_uri, NAME))
        vault = await stack.enter_async_context(opened(settings, towns, utc_now, settings.erasure_journal_uri))
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=LISTS_SECONDS))
        producer = await stack.enter_async_context(Producer(connection, NAME))
        cases = Aggregates(documents, collection("cases"), Case, utc_now)
        await prepared(documents, (cases.collection, NONCES))
        nonces = StoredNonces(documents, utc_now, longest)
        cards = await card_check(
            towns, settings.secrets_dir, http, utc_now, keep=settings.crl_folder, patience=patience
        )
        deps = Deps(cases, nonces, cards, vault, towns, tally, utc_now)
        await serve(
            NAME,
            settings,
            FastAPI(title=NAME, openapi_url=None),
            Consumer(NAME, connection, dispatch(HANDLERS, deps), producer, clock=utc_now),
            background=(
                Relay([cases], producer.send, utc_now).run,
                gauges(settings.gauges_seconds, [StoreGauges([cases], utc_now).refresh], utc_now).run,
                Sweep(settings.crl_refresh_seconds, cards.refresh).run,
                Sweep(FORGET_SECONDS, nonces.forget).run,
            ),
            checks={"store": documents.ping},
        )


def main() -> None:
    """The console script."""
    launch(NAME, Settings, run)
