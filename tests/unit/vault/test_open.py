"""The vault of a service lies in a database of its own, and what is erased is gone from its file."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from madoguchi.contracts.personal import Contact
from madoguchi.policy.load import load_town
from madoguchi.vault.open import opened
from madoguchi.vault.port import Access, KeyErased, LegalBasis, Purpose
from madoguchi.vault.vault import DATA_KEYS

TOWN = load_town(Path(__file__).parents[3] / "deploy/municipalities/990019.yaml")
SUBJECT = "req_01hzzzzzzzzzzzzzzzzzzzzzzz"
ACCESS = Access("notify", Purpose.SEND_NOTICE, LegalBasis.CONSENT)


@dataclass(frozen=True)
class Settings:
    mongodb_uri: str
    secrets_dir: Path
    vault_mongodb_uri: str | None = None


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    secrets = tmp_path / "secrets" / TOWN.code
    secrets.mkdir(parents=True)
    (secrets / "data-key.bin").write_bytes(b"d" * 32)
    (secrets / "index-key.bin").write_bytes(b"i" * 32)
    return Settings(f"sqlite://{tmp_path}/data", tmp_path / "secrets")


def _everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def test_it_remembers_and_forgets_in_a_file(settings: Settings, tmp_path: Path) -> None:
    async with opened(settings, {TOWN.code: TOWN}) as vault:
        await vault.create_key(SUBJECT, TOWN.code)
        sealed = await vault.seal(SUBJECT, "contact", Contact(email="hanako@example.jp"))
    before = _everything(tmp_path / "data")
    assert b"hanako" not in before
    async with opened(settings, {TOWN.code: TOWN}) as vault:
        assert (await vault.open(SUBJECT, sealed, Contact, ACCESS)).email == "hanako@example.jp"
        wrapped = (await vault.documents.get(DATA_KEYS, SUBJECT) or {})["wrapped"].encode()
        assert wrapped in before
        await vault.erase(SUBJECT)
    assert wrapped not in _everything(tmp_path / "data")
    async with opened(settings, {TOWN.code: TOWN}) as vault:
        with pytest.raises(KeyErased):
            await vault.open(SUBJECT, sealed, Contact, ACCESS)
        assert [record.actor for record in await vault.access_log(SUBJECT)] == ["notify"]


async def test_it_may_lie_elsewhere(settings: Settings, tmp_path: Path) -> None:
    elsewhere = Settings(settings.mongodb_uri, settings.secrets_dir, f"sqlite://{tmp_path}/apart")
    async with opened(elsewhere, {TOWN.code: TOWN}) as vault:
        await vault.create_key(SUBJECT, TOWN.code)
    assert (tmp_path / "apart" / "vault.sqlite3").exists()
    assert not (tmp_path / "data").exists()
