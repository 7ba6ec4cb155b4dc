"""Putting intake together from settings and towns. No I/O but reading secrets."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import httpx

from madoguchi.policy.load import PolicyError
from madoguchi.policy.models import Municipality
from madoguchi.policy.secrets import SecretFolder
from madoguchi.service.clock import utc_now
from madoguchi.service.sweep import Sweep
from madoguchi.store.aggregates import Aggregates
from madoguchi.store.port import Documents
from madoguchi.telemetry import traces
from madoguchi.text.catalogue import Catalogue
from madoguchi.vault.port import Vault
from request_intake.adapters.payments import Account, HttpPayments
from request_intake.adapters.tally import PrometheusTally
from request_intake.domain import watching
from request_intake.domain.state import RequestState
from request_intake.domain.step import Pace
from request_intake.handlers import REQUESTS, Deps, Links
from request_intake.line.finding import rekey
from request_intake.settings import Settings

Towns = Mapping[str, Municipality]
SHORTEST_LINK_KEY = 32
REKEY_SECONDS = 600.0


def deps(settings: Settings, towns: Towns, documents: Documents, vault: Vault, client: httpx.AsyncClient) -> Deps:
    """The handlers' world. Raises `PolicyError` when a secret is missing."""
    return Deps(
        requests=Aggregates(documents, REQUESTS, RequestState, utc_now, watching.fields),
        vault=vault,
        towns=towns,
        payments=HttpPayments(client, accounts(settings, towns)),
        catalogue=Catalogue.of_package("request_intake"),
        clock=utc_now,
        randomness=secrets.token_bytes,
        pace=Pace(timedelta(seconds=settings.redrive_seconds), timedelta(seconds=settings.provider_seconds)),
        links=links(settings, towns),
        trace=traces.current,
        tally=PrometheusTally(),
    )


def links(settings: Settings, towns: Towns) -> Links:
    """Signed addresses, with each town's own key."""
    keys = {code: _secret(settings, code).read_all(town.secrets.link_key) for code, town in towns.items()}
    for code, generations in keys.items():
        if min(map(len, generations)) < SHORTEST_LINK_KEY:
            raise PolicyError(f"{code}: secrets.link_key: expected at least {SHORTEST_LINK_KEY} random bytes")
    return Links(keys, settings.intake_public_url, settings.issuance_public_url)


def accounts(settings: Settings, towns: Towns) -> dict[str, Account]:
    """Each town's account with its payment provider; none for a town whose policy names no address."""
    return {
        code: Account(
            api_url=str(town.payment.api_url),
            api_key=_secret(settings, code).text(town.payment.api_key),
            webhook_url=f"{settings.intake_public_url}/payments/webhook/{code}",
        )
        for code, town in towns.items()
        if town.payment.api_url is not None
    }


def webhook_secrets(settings: Settings, towns: Towns) -> dict[str, tuple[str, ...]]:
    """`whsec_…` by municipality; each is accepted."""
    return {code: _secret(settings, code).texts(town.payment.webhook_secret) for code, town in towns.items()}


def rekeying(towns: Towns, documents: Documents, vault: Vault) -> list[Callable[[], Awaitable[None]]]:
    """What lets a new index key lead to the conversations that began under another: only while a town has several."""

    async def act() -> None:
        if await rekey(documents, vault):
            again.wake()

    again = Sweep(REKEY_SECONDS, act)
    return [again.run] if any(len(town.secrets.index_key) > 1 for town in towns.values()) else []


def _secret(settings: Settings, code: str) -> SecretFolder:
    return SecretFolder(settings.secrets_dir, code)
