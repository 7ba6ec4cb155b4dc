"""Putting the console together from settings and towns."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Final

from console.adapters.acts import ACTS, HEADS, StoredActs
from console.domain.hand import Rules
from console.handlers.deps import CASES, Deps, cases_in
from console.http.site import Site
from console.login.session import SESSIONS, Sessions
from console.settings import Settings
from madoguchi.contracts.vocabulary import MunicipalityCode
from madoguchi.policy.models import Municipality
from madoguchi.policy.secrets import SecretFolder
from madoguchi.register.sqlite import SqliteRegister
from madoguchi.service.clock import utc_now
from madoguchi.store.port import Documents
from madoguchi.telemetry import traces
from madoguchi.vault.vault import StoredVault

COLLECTIONS: Final = (CASES, ACTS, HEADS, SESSIONS)


def deps(settings: Settings, towns: Mapping[str, Municipality], documents: Documents, vault: StoredVault) -> Deps:
    """The world of the handlers. Raises `PolicyError` when a town's register is no file."""
    return Deps(
        cases=cases_in(documents, utc_now),
        acts=StoredActs(documents, partial(acts_mac, vault), utc_now),
        vault=vault,
        towns=towns,
        registers={code: register(settings, town) for code, town in towns.items()},
        rules={code: rules(town) for code, town in towns.items()},
        clock=utc_now,
        trace=traces.current,
    )


def acts_mac(vault: StoredVault, town: MunicipalityCode, length: int, digest: str) -> str:
    """Authenticates the end of a town's acts, with the key that access chains are authenticated with."""
    return vault.keys.chain_mac(town, f"acts:{town}", length, digest)


def register(settings: Settings, town: Municipality) -> SqliteRegister:
    """The town's register."""
    return SqliteRegister(SecretFolder(settings.secrets_dir, town.code).path(town.register_.source))


def rules(town: Municipality) -> Rules:
    """What the town decided about reviews."""
    return Rules(frozenset(town.review.two_persons), timedelta(minutes=town.review.claim_minutes))


def site(settings: Settings, world: Deps, documents: Documents) -> Site:
    """The world of the pages."""
    return Site(world, Sessions(documents, utc_now), settings.trace_url)
