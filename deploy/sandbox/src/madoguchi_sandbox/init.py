"""Everything a sandbox town needs to run, made in the run-time folder: secrets, keys, certificates, cards, register.

Safe and quick to repeat: what is there stays (random secrets for ever), what has aged is renewed.
"""

import json
import secrets
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import yaml
from cryptography import x509

from madoguchi.contracts.vocabulary import Language
from madoguchi.policy.load import load_town
from madoguchi.policy.models import Municipality
from madoguchi.vault.keys import TownKeys
from madoguchi.web.api_keys import make_key
from madoguchi_sandbox import register
from madoguchi_sandbox.cards.shelf import shelf_in
from madoguchi_sandbox.pki import town_authorities
from madoguchi_sandbox.pki.authority import key_pem, write_private
from madoguchi_sandbox.pki.town_authorities import TownAuthorities
from madoguchi_sandbox.staff import directory, keys

TOWN_FILE: Final = Path(__file__).parents[3] / "municipalities" / "990019.yaml"
"""The town of the sandbox, as it lies in the repository."""
RENEW_LISTS_AFTER: Final = timedelta(days=1)

_RANDOM: Final[dict[str, Callable[[], bytes]]] = {
    "data-key.bin": lambda: secrets.token_bytes(32),
    "index-key.bin": lambda: secrets.token_bytes(32),
    "link-key.bin": lambda: secrets.token_bytes(32),
    "line-channel-secret.txt": lambda: secrets.token_hex(16).encode(),
    "line-access-token.txt": lambda: secrets.token_urlsafe(96).encode(),
    "payment-api-key.txt": lambda: b"pay_test_" + secrets.token_hex(24).encode(),
    "payment-webhook-secret.txt": lambda: b"whsec_" + b64encode(secrets.token_bytes(32)),
}


@dataclass(frozen=True, slots=True)
class Places:
    """Where things lie below the run-time folder (`.madoguchi`)."""

    folder: Path
    code: str

    @property
    def secrets(self) -> Path:
        """What the services read."""
        return self.folder / "secrets" / self.code

    @property
    def sandbox(self) -> Path:
        """What only the sandbox reads."""
        return self.folder / "sandbox"

    @property
    def town(self) -> Path:
        """The town's policy with the sandbox's addresses in it."""
        return self.folder / "municipalities" / f"{self.code}.yaml"


def initialise(
    folder: Path, sandbox_url: str, now: datetime, town_file: Path = TOWN_FILE, public_url: str | None = None
) -> Places:
    """Make what is missing. `sandbox_url` is where the sandbox answers the services, e.g. `http://127.0.0.1:8405`,
    `public_url` where it answers a browser, when that is another."""
    town = load_town(town_file)
    places = Places(folder, town.code)
    for name, make in _RANDOM.items():
        if not (places.secrets / name).exists():
            write_private(places.secrets / name, make())
    _api_keys(places)
    if not (places.secrets / "register.sqlite").exists():
        register.write(places.secrets / "register.sqlite")
    _staff(places, town)
    crls = _town_certificates(places, town, now)
    _cards(places, now)
    _town_file(places, town_file, (sandbox_url, public_url or sandbox_url), crls)
    return places


def _api_keys(places: Places) -> None:
    """One live and one test key; the town keeps hashes, the sandbox the keys themselves, for trying."""
    path = places.secrets / "api-keys.json"
    plain = places.sandbox / places.code / "api-keys.txt"
    if path.exists() and plain.exists():
        return
    kinds = {"sandbox-live": True, "sandbox-test": False}
    made = {name: make_key(name, "sandbox", live=live) for name, live in kinds.items()}
    write_private(plain, "".join(f"{name} {key}\n" for name, (key, _) in made.items()).encode())
    write_private(path, json.dumps([stored.model_dump() for _, stored in made.values()], indent=1).encode())


def _staff(places: Places, town: Municipality) -> None:
    """The sign-in service's keys, and the town's staff; one of them is also in the register."""
    keys.make(places.folder)
    town_keys = TownKeys.from_towns({town.code: town}, places.folder / "secrets")
    members = directory.made_up(town.code, lambda number: town_keys.pseudonyms(town.code, "address_number", number)[0])
    _write_if_changed(places.sandbox / town.code / directory.FILE, directory.written(members))


def authorities_of(places: Places, town: Municipality, now: datetime) -> TownAuthorities:
    """Who signs the town's seal certificate and the time stamps; made when missing."""
    office = town.mayor.split("　")[0]
    return town_authorities.opened(places.sandbox / "pki" / "town", now, town=_in_english(town), office=office)


def _town_certificates(places: Places, town: Municipality, now: datetime) -> list[str]:
    """The seal's and the time stamps' certificates, and the revocation lists. Returns the lists' file names."""
    authorities = authorities_of(places, town, now)
    _write_if_changed(places.secrets / "seal-key.pem", key_pem(authorities.seal.key))
    _write_if_changed(places.secrets / "seal-chain.pem", authorities.seal.chain)
    _write_if_changed(places.secrets / "tsa-chain.pem", authorities.time_stamps.chain)
    return _lists(places, authorities, now)


def _in_english(town: Municipality) -> str:
    return town.name.get(Language.ENGLISH) or town.code


def _lists(places: Places, authorities: TownAuthorities, now: datetime) -> list[str]:
    fresh = authorities.revocation_lists(now)
    for name, der in fresh.items():
        path = places.secrets / name
        if not (path.exists() and _still_good(path.read_bytes(), der, now)):
            write_private(path, der)
    return list(fresh)


def _still_good(der: bytes, fresh: bytes, now: datetime) -> bool:
    """Whether a kept list is of the same issuer key as the fresh one, and young."""
    kept, other = x509.load_der_x509_crl(der), x509.load_der_x509_crl(fresh)
    ids = [crl.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value for crl in (kept, other)]
    return ids[0] == ids[1] and now - kept.last_update_utc < RENEW_LISTS_AFTER


def _cards(places: Places, now: datetime) -> None:
    """The first resident's cards, the roots that the town pins. Cards locked in an earlier run are unlocked."""
    shelf = shelf_in(places.folder, places.code, lambda: now)
    shelf.prepare()
    for card in shelf.box.all():
        if card.wrong_pins:
            shelf.box.unlock(card.id)
    _write_if_changed(places.secrets / "jpki-root.pem", shelf.box.authorities.roots())


def _town_file(places: Places, source: Path, urls: tuple[str, str], crls: list[str]) -> None:
    """The repository's policy, with addresses and revocation lists of this sandbox. Checked before it is used."""
    sandbox_url, public_url = urls
    policy: dict[str, Any] = yaml.safe_load(source.read_text("utf-8"))
    policy["line"]["api_url"] = f"{sandbox_url}/line"
    policy["payment"]["api_url"] = f"{sandbox_url}/pay"
    policy["seal"]["tsa_url"] = f"{sandbox_url}/tsa"
    policy["seal"]["crls"] = [f"file:{name}" for name in crls]
    policy["jpki"]["crl_url"] = f"{sandbox_url}/cards/crl.pem"
    policy["jpki"]["card_app_url"] = f"{public_url}/cards/app"
    head = "# Made by `madoguchi-sandbox init` from the town's file in the repository; changes here are overwritten.\n"
    text = head + yaml.safe_dump(policy, allow_unicode=True, sort_keys=False, width=200)
    _write_if_changed(places.town, text.encode())
    load_town(places.town)


def _write_if_changed(path: Path, content: bytes) -> None:
    if not path.exists() or path.read_bytes() != content:
        write_private(path, content)
