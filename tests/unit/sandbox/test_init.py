"""`madoguchi-sandbox init`: complete, loadable, and the same again when repeated."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from madoguchi.policy.load import load_town
from madoguchi.policy.secrets import SecretFolder
from madoguchi.vault.keys import TownKeys
from madoguchi.web.api_keys import ApiKeys
from madoguchi_sandbox.init import Places, initialise

NOW = datetime(2026, 11, 24, 3, 30, tzinfo=UTC)
URL = "http://127.0.0.1:8405"


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Places:
    return initialise(tmp_path_factory.mktemp("run"), URL, NOW)


def snapshot(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_town_loads_and_every_secret_it_names_is_there(places: Places) -> None:
    town = load_town(places.town)
    folder = SecretFolder(places.folder / "secrets", town.code)
    named = [town.register_.source, *town.secrets.data_key, *town.secrets.index_key, *town.secrets.link_key]
    named += [town.payment.api_key, *town.payment.webhook_secret, town.seal.key, town.seal.chain, town.seal.tsa_chain]
    named += [*town.seal.crls, *town.jpki.roots]
    assert town.line is not None
    named += [*town.line.channel_secret, town.line.channel_access_token]
    assert all(folder.read(reference) for reference in named)
    assert str(town.jpki.crl_url) == f"{URL}/cards/crl.pem"
    TownKeys.from_towns({town.code: town}, places.folder / "secrets")


def test_the_api_keys_open_the_door_and_only_their_hashes_are_with_the_town(places: Places) -> None:
    plain = dict(line.split() for line in (places.sandbox / places.code / "api-keys.txt").read_text().splitlines())
    keys = ApiKeys.from_towns({"990019": load_town(places.town)}, places.folder / "secrets")
    assert keys.authenticate(plain["sandbox-live"]).live
    assert not keys.authenticate(plain["sandbox-test"]).live
    stored = (places.secrets / "api-keys.json").read_text()
    assert all(key not in stored for key in plain.values())
    assert len(json.loads(stored)) == 2


def test_services_and_browsers_may_find_the_sandbox_at_two_addresses(places: Places) -> None:
    made = initialise(places.folder, "http://sandbox:8405", NOW, public_url="http://127.0.0.1:9000")
    town = load_town(made.town)
    assert town.line is not None
    inside = [town.line.api_url, town.payment.api_url, town.seal.tsa_url, town.jpki.crl_url]
    assert {str(url).partition("/")[2].split("/")[1] for url in inside} == {"sandbox:8405"}
    assert str(town.jpki.card_app_url) == "http://127.0.0.1:9000/cards/app"
    initialise(places.folder, URL, NOW)


def test_the_second_time_changes_nothing(places: Places) -> None:
    before = snapshot(places.folder)
    initialise(places.folder, URL, NOW + timedelta(hours=1))
    assert snapshot(places.folder) == before


def test_after_a_day_only_the_revocation_lists_are_renewed(places: Places) -> None:
    before = snapshot(places.folder)
    initialise(places.folder, URL, NOW + timedelta(days=2))
    after = snapshot(places.folder)
    assert {path.name for path in after if after[path] != before.get(path)} == {
        "seal-ca.crl", "seal-root.crl", "tsa-ca.crl",
    }  # fmt: skip
    assert after.keys() == before.keys()


def test_secrets_are_for_their_owner_only(places: Places) -> None:
    for path in places.secrets.iterdir():
        if path.name != "register.sqlite":
            assert path.stat().st_mode & 0o077 == 0, path.name


def test_the_seal_chain_leads_to_its_root(places: Places) -> None:
    seal, intermediate, root = x509.load_pem_x509_certificates((places.secrets / "seal-chain.pem").read_bytes())
    seal.verify_directly_issued_by(intermediate)
    intermediate.verify_directly_issued_by(root)
    root.verify_directly_issued_by(root)
