"""Putting issuance together: the towns with their registers and keys, the press, the world of handlers and of pages."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pylopdf_fonts_jp

from issuance.adapters import tally
from issuance.adapters.certificates import StoredCertificates
from issuance.adapters.picture import HeroPicture
from issuance.adapters.press import DocumentPress
from issuance.documents.glyphs import coverage
from issuance.documents.press import Press
from issuance.domain.case import Case
from issuance.domain.ledger import LedgerEntry
from issuance.handlers.deps import CASES, LEDGER, Deps, Town
from issuance.http.doors import Doors
from issuance.settings import Settings
from madoguchi.policy.load import PolicyError
from madoguchi.policy.models import Municipality
from madoguchi.policy.secrets import SecretFolder
from madoguchi.register.sqlite import SqliteRegister
from madoguchi.service.clock import utc_now
from madoguchi.service.health import Check
from madoguchi.store.aggregates import Aggregates
from madoguchi.store.port import Documents
from madoguchi.telemetry import traces
from madoguchi.vault.port import Vault

SHORTEST_KEY = 32


def deps(
    settings: Settings, towns: Mapping[str, Municipality], documents: Documents, vault: Vault, press: Press
) -> Deps:
    """The world of the handlers. Raises `PolicyError` when a secret is missing or a key too short."""
    return Deps(
        cases=Aggregates(documents, CASES, Case, utc_now),
        ledger=Aggregates(documents, LEDGER, LedgerEntry, utc_now),
        certificates=StoredCertificates(documents),
        vault=vault,
        press=DocumentPress(press.make, coverage(font(settings)), towns),
        towns={code: _town(town, settings) for code, town in towns.items()},
        public_url=settings.issuance_public_url,
        clock=utc_now,
        trace=traces.current,
        tally=tally.saved,
    )


def doors(settings: Settings, world: Deps, press: Press) -> Doors:
    """The world of the pages. Raises `PolicyError` when a link key is missing or too short."""
    return Doors(
        cases=world.cases,
        ledger=world.ledger,
        certificates=world.certificates,
        vault=world.vault,
        towns=world.towns,
        link_keys={
            code: _keys(town.policy, settings.secrets_dir, "link_key", town.policy.secrets.link_key)
            for code, town in world.towns.items()
        },
        examine=press.examine,
        picture=HeroPicture(press.preview),
        clock=world.clock,
    )


def checks(documents: Documents, towns: Mapping[str, Municipality], settings: Settings) -> dict[str, Check]:
    """What readiness asks: the store, and every town's register."""
    registers: dict[str, Check] = {f"register_{code}": _register(town, settings).check for code, town in towns.items()}
    return {"store": documents.ping, **registers}


def font(settings: Settings) -> Path:
    """The font that certificates are printed with."""
    return settings.certificate_font or pylopdf_fonts_jp.serif_path()


def _town(town: Municipality, settings: Settings) -> Town:
    keys = _keys(town, settings.secrets_dir, "certificate_key", town.secrets.certificate_keys)
    return Town(town, _register(town, settings), keys)


def _keys(town: Municipality, secrets_dir: Path, name: str, references: Sequence[str]) -> tuple[bytes, ...]:
    keys = SecretFolder(secrets_dir, town.code).read_all(references)
    if (shortest := min(map(len, keys))) < SHORTEST_KEY:
        raise PolicyError(f"{town.code}: secrets.{name} has {shortest} bytes, at least {SHORTEST_KEY} are needed")
    return keys


def _register(town: Municipality, settings: Settings) -> SqliteRegister:
    folder = SecretFolder(settings.registers_dir or settings.secrets_dir, town.code)
    return SqliteRegister(folder.path(town.register_.source))
