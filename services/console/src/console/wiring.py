"""Putting the console together from settings and towns."""

from collections.abc import Mapping
from typing import Final

from console.handlers.deps import CASES, Deps, cases_in
from console.http.site import Site
from console.login.session import SESSIONS, Sessions
from console.settings import Settings
from madoguchi.policy.models import Municipality
from madoguchi.service.clock import utc_now
from madoguchi.store.port import Documents
from madoguchi.telemetry import traces
from madoguchi.vault.vault import StoredVault

COLLECTIONS: Final = (CASES, SESSIONS)


def deps(towns: Mapping[str, Municipality], documents: Documents, vault: StoredVault) -> Deps:
    """The world of the handlers."""
    return Deps(cases_in(documents, utc_now), vault, towns, utc_now, traces.current)


def site(settings: Settings, world: Deps, documents: Documents) -> Site:
    """The world of the pages."""
    return Site(world, Sessions(documents, utc_now), settings.trace_url)
