"""What each town relies on, from its policy: pinned roots, and where its revocation lists are read."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import httpx

from identity.adapters.card_check import JpkiCheck, TownTrust
from identity.adapters.revocation_feed import FileSource, HttpSource, RevocationFeed, Source
from identity.adapters.tally import roots_end
from identity.jpki.profile import Roots, pinned, profile
from madoguchi.policy.load import PolicyError
from madoguchi.policy.models import Municipality
from madoguchi.policy.secrets import SecretFolder


async def card_check(
    towns: Mapping[str, Municipality],
    secrets_dir: Path,
    client: httpx.AsyncClient,
    clock: Callable[[], datetime],
    *,
    keep: Path | None,
    patience: timedelta,
) -> JpkiCheck:
    """The check for all towns, with the lists kept in the folder `keep`. Raises `PolicyError`."""
    trusts = {}
    for code, town in towns.items():
        folder = SecretFolder(secrets_dir, code)
        roots = _roots(town, folder)
        roots_end(code, (root.not_valid_after_utc for root in roots.values()))
        feed = None
        if source := _source(town, folder, client):
            feed = RevocationFeed(source, roots, clock, code, keep and keep / f"{code}.crl")
            await feed.restore()
        trusts[code] = TownTrust(roots, profile(sandbox=town.sandbox), feed)
    return JpkiCheck(trusts, patience)


def _roots(town: Municipality, folder: SecretFolder) -> Roots:
    try:
        return pinned(*(folder.read(reference) for reference in town.jpki.roots))
    except ValueError as error:
        raise PolicyError(f"{town.code}: jpki.roots: {error}") from error


def _source(town: Municipality, folder: SecretFolder, client: httpx.AsyncClient) -> Source | None:
    if town.jpki.crl_url is not None:
        return HttpSource(client, str(town.jpki.crl_url))
    return FileSource(folder.path(town.jpki.crl_file)) if town.jpki.crl_file is not None else None
