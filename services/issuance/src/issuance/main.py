"""Starts issuance: what it is made of, in the order it is opened; it is closed in reverse."""

from contextlib import AsyncExitStack
from typing import Final

from issuance import wiring
from issuance.adapters.certificates import CERTIFICATES
from issuance.adapters.tally import SealGauges
from issuance.documents import press as documents_press
from issuance.handlers import HANDLERS
from issuance.handlers.deps import CASES, LEDGER
from issuance.handlers.progress import sweep
from issuance.http.app import application
from issuance.settings import Settings
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

NAME: Final = "issuance"


async def run(settings: Settings) -> None:
    """Until SIGTERM; certificates at hand are finished before the press closes."""
    towns = load_towns(settings.towns_dir)
    connection = settings.kafka
    async with AsyncExitStack() as stack:
        documents = await stack.enter_async_context(connected(settings.mongodb_uri, NAME))
        vault = await stack.enter_async_context(opened(settings, towns, utc_now, settings.erasure_journal_uri))
        producer = await stack.enter_async_context(Producer(connection, NAME))
        press = await stack.enter_async_context(
            documents_press.opened(
                towns,
                settings.secrets_dir,
                clock=utc_now,
                font=settings.certificate_font,
                workers=settings.certificate_workers,
            )
        )
        await prepared(documents, (CASES, LEDGER, CERTIFICATES))
        deps = wiring.deps(settings, towns, documents, vault, press)
        seals = SealGauges(press.seals.at_hand, tuple(towns), utc_now)
        await serve(
            NAME,
            settings,
            application(wiring.doors(settings, deps, press), settings.verify_per_minute, settings.download_per_minute),
            Consumer(NAME, connection, dispatch(HANDLERS, deps), producer, clock=utc_now),
            background=(
                Relay([deps.cases], producer.send, utc_now).run,
                gauges(
                    settings.gauges_seconds, (StoreGauges([deps.cases], utc_now).refresh, seals.refresh), utc_now
                ).run,
                Sweep(settings.sweep_seconds, lambda: sweep(deps)).run,
            ),
            checks=wiring.checks(documents, towns, settings),
        )


def main() -> None:
    """The console script."""
    launch(NAME, Settings, run)
