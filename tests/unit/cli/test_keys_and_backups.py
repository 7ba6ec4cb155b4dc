"""Keys, backups and restores, as operators meet them."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from madoguchi.cli.main import app
from madoguchi.policy.load import load_town
from madoguchi.vault.open import opened
from madoguchi.web.api_keys import ApiKey, ApiKeys, StoredKey
from unit.vault.test_open import Settings

SOURCE = Path(__file__).parents[3] / "deploy/municipalities/990019.yaml"
SUBJECT = "req_01hzzzzzzzzzzzzzzzzzzzzzzz"
RUN = CliRunner()


class Town:
    """A town's files, and commands run for it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.policy = folder / "towns" / "990019.yaml"
        self.secrets = folder / "secrets" / "990019"
        for path in (self.policy.parent, self.secrets):
            path.mkdir(parents=True)
        for name in ("data-key", "index-key", "new-data-key", "new-index-key"):
            (self.secrets / f"{name}.bin").write_bytes(name.encode().ljust(32, b"."))
        self.policy.write_text(SOURCE.read_text("utf-8"), "utf-8")
        monkeypatch.setenv("MONGODB_URI", f"sqlite://{folder}/data")
        monkeypatch.setenv("TOWNS_DIR", str(self.policy.parent))
        monkeypatch.setenv("SECRETS_DIR", str(folder / "secrets"))
        for name in ("VAULT_MONGODB_URI", "ERASURE_JOURNAL_URI"):
            monkeypatch.delenv(name, raising=False)

    def keys(self, data: str, index: str) -> None:
        text = SOURCE.read_text("utf-8")
        for name, value in (("data", data), ("index", index)):
            assert f"{name}_key: file:{name}-key.bin " in text
            text = text.replace(f"{name}_key: file:{name}-key.bin ", f"{name}_key: {value} ")
        self.policy.write_text(text, "utf-8")

    async def used(self, subject: str) -> None:
        """A service makes a key."""
        settings = Settings(f"sqlite://{self.folder}/data", self.folder / "secrets")
        async with opened(settings, {"990019": load_town(self.policy)}) as vault:
            await vault.create_key(subject, "990019")
            assert await vault.access_log(subject) == ()
            await vault.seal(subject, "contact", b"x")

    def run(self, *command: str) -> Result:
        return RUN.invoke(app, command)


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    return Town(tmp_path, monkeypatch)


def test_a_key_goes_when_nothing_is_left_under_it(town: Town) -> None:
    asyncio.run(town.used(SUBJECT))
    town.keys("[file:new-data-key.bin, file:data-key.bin]", "[file:new-index-key.bin, file:index-key.bin]")
    said = town.run("towns", "check", str(town.policy)).stdout
    assert "secrets.data_key: 2 generations" in said
    assert "secrets.index_key: 2 generations" in said
    looked = town.run("keys", "rewrap", "--check")
    assert (looked.exit_code, "data_keys: 0 changed, 0 were good, 1 left" in looked.stdout) == (1, True)
    done = town.run("keys", "rewrap")
    assert (done.exit_code, done.stdout.count("1 changed, 0 were good, 0 left")) == (0, 2)
    assert town.run("keys", "rewrap", "--check").exit_code == 0
    town.keys("file:new-data-key.bin", "file:new-index-key.bin")
    asyncio.run(town.used(SUBJECT))


def test_a_key_that_went_too_early_is_missed(town: Town) -> None:
    asyncio.run(town.used(SUBJECT))
    town.keys("file:new-data-key.bin", "file:new-index-key.bin")
    missed = town.run("keys", "rewrap")
    assert (missed.exit_code, missed.stderr.count(SUBJECT)) == (1, 2)
    (town.secrets / "new-data-key.bin").unlink()
    gone = town.run("keys", "rewrap")
    assert (gone.exit_code, gone.stderr.count("\n"), "new-data-key.bin" in gone.stderr) == (1, 1, True)


def test_two_api_keys_of_a_channel_stand_for_each_other(town: Town) -> None:
    made = [town.run("keys", "new-api-key", f"app-{number}", "app").stdout.splitlines() for number in (1, 2)]
    entries = [json.loads(stored) for _, stored in made]
    (town.secrets / "api-keys.json").write_text(json.dumps(entries))
    keys = ApiKeys.from_towns({"990019": load_town(town.policy)}, town.folder / "secrets")
    found = [keys.find(key) for key, _ in made]
    assert [owner.id for owner in found if owner] == ["app-1", "app-2"]
    assert len({owner.tenant for owner in found if isinstance(owner, ApiKey)}) == 1
    assert StoredKey.model_validate(entries[0]).live


def test_backup_and_restore(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    asyncio.run(town.used(SUBJECT))
    made = town.run("backup", str(town.folder / "backups"), "--keep-days", "7")
    assert made.exit_code == 0
    folder = made.stdout.strip()
    assert "vault is not empty" in town.run("restore", folder).stderr
    monkeypatch.setenv("MONGODB_URI", f"sqlite://{town.folder}/fresh")
    done = town.run("restore", folder)
    assert (done.exit_code, "vault/data_keys: 1" in done.stdout) == (0, True)
    assert town.run("restore", folder).exit_code == 1
    assert town.run("restore", folder, "--again").exit_code == 0


def test_without_an_address_they_say_so(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MONGODB_URI")
    unset = town.run("backup", str(town.folder))
    assert (unset.exit_code, "MONGODB_URI" in unset.stderr) == (2, True)
