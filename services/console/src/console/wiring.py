"""Putting the console together from settings and towns."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Final

import httpx

from console.adapters.acts import ACTS, HEADS, StoredActs
from console.domain.acts import What
from console.domain.hand import Rules
from console.domain.staff import ClaimNames, Staff
from console.handlers import deps as d
from console.handlers.deps import Deps
from console.http.site import Site
from console.login.attempts import ATTEMPTS, Attempts
from console.login.client_auth import client_auth
from console.login.desk import Login, Record
from console.login.lapse import Limits
from console.login.provider import Provider
from console.login.sessions import SESSIONS, Sessions
from console.ports import DeadLetters
from console.settings import Settings
from madoguchi.contracts.vocabulary import MunicipalityCode
from madoguchi.policy.load import PolicyError
from madoguchi.policy.models import Municipality
from madoguchi.policy.secrets import SecretFolder
from madoguchi.register.sqlite import SqliteRegister
from madoguchi.service.clock import utc_now
from madoguchi.store.port import Documents
from madoguchi.telemetry import traces
from madoguchi.vault.vault import StoredVault

COLLECTIONS: Final = (d.CASES, d.LETTERS, d.RETRIES, d.NOTICES, d.TESTS, d.TALLIES, ACTS, HEADS, SESSIONS, ATTEMPTS)
SECRETS: Final = "console"
"""The folder of our own secrets, beside those of the towns."""


def deps(
    settings: Settings,
    towns: Mapping[str, Municipality],
    documents: Documents,
    vault: StoredVault,
    dead_letters: DeadLetters,
) -> Deps:
    """The world of the handlers. Raises `PolicyError` when a town's register is no file."""
    return Deps(
        cases=d.cases_in(documents, utc_now),
        letters=d.letters_in(documents, utc_now),
        retries=d.retries_in(documents, utc_now),
        notices=d.notices_in(documents, utc_now),
        tests=d.tests_in(documents, utc_now),
        tallies=d.tallies_in(documents, utc_now),
        dead_letters=dead_letters,
        acts=StoredActs(documents, partial(acts_macs, vault), utc_now),
        vault=vault,
        towns=towns,
        registers={code: register(settings, town) for code, town in towns.items()},
        rules={code: rules(town) for code, town in towns.items()},
        clock=utc_now,
        trace=traces.current,
    )


def acts_macs(vault: StoredVault, town: MunicipalityCode, length: int, digest: str) -> tuple[str, ...]:
    """Authenticate the end of a town's acts, with the keys that access chains are authenticated with."""
    return vault.keys.chain_macs(town, f"acts:{town}", length, digest)


def register(settings: Settings, town: Municipality) -> SqliteRegister:
    """The town's register."""
    folder = SecretFolder(settings.registers_dir or settings.secrets_dir, town.code)
    return SqliteRegister(folder.path(town.register_.source))


def rules(town: Municipality) -> Rules:
    """What the town decided about reviews."""
    return Rules(frozenset(town.review.two_persons), timedelta(minutes=town.review.claim_minutes))


def site(settings: Settings, world: Deps, documents: Documents, client: httpx.AsyncClient) -> Site:
    """The world of the pages. `client` reaches the sign-in service. Raises `PolicyError`."""

    async def record(staff: Staff, what: What) -> None:
        await world.acts.record(staff.municipality, staff.number, what)

    return Site(world, login(settings, world.towns, documents, client, record), settings.trace_url)


def login(
    settings: Settings,
    towns: Mapping[str, Municipality],
    documents: Documents,
    client: httpx.AsyncClient,
    record: Record,
) -> Login:
    """Signing in and out. Raises `PolicyError` when our credential is missing, or real staff would sign in in clear."""
    in_clear = [url for url in (settings.oidc_issuer, settings.console_public_url) if not url.startswith("https://")]
    if in_clear and not all(town.sandbox for town in towns.values()):
        raise PolicyError(f"expected https, for towns that are no sandbox: {', '.join(in_clear)}")
    secret = SecretFolder(settings.secrets_dir, SECRETS).text(settings.oidc_client_credential)
    auth = client_auth(settings.oidc_client_auth, settings.oidc_client_id, secret, settings.oidc_assertion_audience)
    limits = Limits(timedelta(seconds=settings.session_idle_seconds), timedelta(seconds=settings.session_seconds))
    return Login(
        Provider(client, settings.oidc_issuer, auth, utc_now, settings.oidc_discovery_url),
        Attempts(documents, utc_now),
        Sessions(documents, utc_now, limits),
        towns,
        settings.console_public_url,
        record,
        _claim_names(settings),
        timedelta(seconds=settings.oidc_max_age_seconds),
    )


def _claim_names(settings: Settings) -> ClaimNames:
    return ClaimNames(
        settings.oidc_staff_number_claim,
        settings.oidc_roles_claim,
        settings.oidc_municipality_claim,
        settings.oidc_resident_pseudonym_claim,
    )
