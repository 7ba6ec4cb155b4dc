"""A backup is complete or it has no name; a restore takes nothing on trust, and brings no erased key back."""

import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from identity.adapters.nonces import NONCES
from issuance.adapters.certificates import CERTIFICATES
from issuance.handlers.deps import CASES, LEDGER
from madoguchi.contracts.flow import SERVICES
from madoguchi.contracts.personal import Contact
from madoguchi.store.dump import DumpBroken
from madoguchi.store.open import connected
from madoguchi.store.port import Collection
from madoguchi.testing.vault import MOMENT, town_keys
from madoguchi.vault import backup as b
from madoguchi.vault import erasures
from madoguchi.vault.port import Access, KeyErased, LegalBasis, Purpose
from madoguchi.vault.vault import ACCESS_CHAINS, COLLECTIONS, DATA_KEYS, StoredVault
from madoguchi.web.idempotency import ANSWERS
from notify.wiring import RECIPIENTS
from request_intake.handlers import REQUESTS
from request_intake.line.record import CONVERSATIONS

TOWN = "990019"
ACCESS = Access("notify", Purpose.SEND_NOTICE, LegalBasis.CONSENT)
SUBJECTS = [f"req_{number:026d}" for number in range(450)]


@asynccontextmanager
async def vault_in(folder: Path, journal: str | None = None) -> AsyncIterator[StoredVault]:
    async with connected(f"sqlite://{folder}", "vault") as documents, erasures.opened(journal) as kept:
        await documents.prepare(COLLECTIONS)
        yield StoredVault(documents, town_keys(TOWN), lambda: MOMENT, journal=kept)


@pytest.fixture
async def sealed(tmp_path: Path) -> dict[str, str]:
    """A vault with more keys than a page holds, and some requests."""
    async with vault_in(tmp_path / "data") as vault:
        texts = {}
        for subject in SUBJECTS:
            await vault.create_key(subject, TOWN)
        for subject in SUBJECTS[:3]:
            texts[subject] = await vault.seal(subject, "contact", Contact(email="hanako@example.jp"))
            await vault.open(subject, texts[subject], Contact, ACCESS)
    async with connected(f"sqlite://{tmp_path}/data", "request-intake") as documents:
        await documents.prepare([REQUESTS])
        await documents.insert(REQUESTS, {"_id": SUBJECTS[0], "version": 7, "said": "髙橋 \U000e0100"})
    return texts


async def backed_up(folder: Path) -> Path:
    data = f"sqlite://{folder}/data"
    return await b.back_up(data, data, folder / "backups", MOMENT)


async def restored(folder: Path, made: Path, journal: str | None = None, *, again: bool = False) -> dict[str, int]:
    fresh = f"sqlite://{folder}/fresh"
    async with erasures.opened(journal) as kept:
        return await b.restore(made, fresh, fresh, kept, again=again)


def test_every_database_and_collection_has_its_place_in_the_order() -> None:
    assert {*SERVICES, "vault", "console"} == set(b.ORDER)
    assert b.ORDER["request-intake"] == (CONVERSATIONS.name, ANSWERS.name, REQUESTS.name)
    assert b.ORDER["notify"] == (RECIPIENTS.name,)
    assert b.ORDER["issuance"] == (CASES.name, LEDGER.name, CERTIFICATES.name)
    assert b.ORDER["identity"] == ("cases", NONCES.name)
    assert b.ORDER["vault"] == (DATA_KEYS.name, ACCESS_CHAINS.name)
    assert list(b.ORDER)[-1] == "vault"


async def test_what_was_there_is_there_again(tmp_path: Path, sealed: dict[str, str]) -> None:
    made = await backed_up(tmp_path)
    assert made.name == MOMENT.strftime("%Y%m%dT%H%M%SZ")
    counts = await restored(tmp_path, made)
    assert counts == {"request-intake/requests": 1, "vault/data_keys": 450, "vault/access_chains": 450}
    async with connected(f"sqlite://{tmp_path}/fresh", "request-intake") as documents:
        assert await documents.get(REQUESTS, SUBJECTS[0]) == {
            "_id": SUBJECTS[0],
            "version": 7,
            "said": "髙橋 \U000e0100",
        }
    async with vault_in(tmp_path / "fresh") as vault:
        for subject, text in sealed.items():
            assert (await vault.open(subject, text, Contact, ACCESS)).email == "hanako@example.jp"
            assert len(await vault.access_log(subject)) == 2


async def test_what_is_driven_again_after_a_restore_is_answered(tmp_path: Path) -> None:
    """Readers answer only numbers that they have not answered, and may have been read later than the counter."""
    where = f"sqlite://{tmp_path}/data"
    async with connected(where, "request-intake") as documents:
        await documents.prepare([REQUESTS])
        await documents.insert(REQUESTS, {"_id": SUBJECTS[0], "version": 7, "redrives": 3})
    await restored(tmp_path, await backed_up(tmp_path))
    async with connected(f"sqlite://{tmp_path}/fresh", "request-intake") as documents:
        assert await documents.get(REQUESTS, SUBJECTS[0]) == {"_id": SUBJECTS[0], "version": 7, "redrives": 3 + b.LEAP}


async def test_it_is_private_and_holds_nothing_in_clear(tmp_path: Path, sealed: dict[str, str]) -> None:
    made = await backed_up(tmp_path)
    files = list(made.rglob("*.gz"))
    assert sealed
    assert made.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)
    assert all(b"hanako" not in gzip.decompress(path.read_bytes()) for path in files)


async def test_a_key_erased_since_the_backup_does_not_come_back(tmp_path: Path, sealed: dict[str, str]) -> None:
    made = await backed_up(tmp_path)
    journal, subject = f"sqlite://{tmp_path}/journal", SUBJECTS[1]
    async with vault_in(tmp_path / "data", journal) as vault:
        await vault.erase(subject)
        await vault.erase(subject)
    await restored(tmp_path, made, journal)
    async with vault_in(tmp_path / "fresh", journal) as vault:
        stored = await vault.documents.get(DATA_KEYS, subject)
        assert stored is not None
        assert "wrapped" not in stored
        with pytest.raises(KeyErased):
            await vault.open(subject, sealed[subject], Contact, ACCESS)
        assert len(await vault.access_log(subject)) == 1
        assert await vault.readable(SUBJECTS[0])


async def test_an_erasure_is_written_down_before_the_key_is_touched(tmp_path: Path) -> None:
    class Away:
        async def insert(self, _collection: Collection, _document: object) -> None:
            raise ConnectionError("the journal does not answer")

    async with vault_in(tmp_path / "data") as vault:
        await vault.create_key(SUBJECTS[0], TOWN)
        journalled = StoredVault(vault.documents, vault.keys, vault.clock, journal=Away())  # type: ignore[arg-type]
        with pytest.raises(ConnectionError):
            await journalled.erase(SUBJECTS[0])
        assert await vault.readable(SUBJECTS[0])


async def test_it_restores_only_into_what_is_empty(tmp_path: Path, sealed: dict[str, str]) -> None:
    made = await backed_up(tmp_path)
    async with vault_in(tmp_path / "fresh") as vault:
        await vault.create_key("req_someone", TOWN)
    with pytest.raises(b.BackupUnusable, match="vault is not empty"):
        await restored(tmp_path, made)
    assert sealed


async def test_a_restore_broken_off_can_be_done_again_but_not_over_something_else(
    tmp_path: Path, sealed: dict[str, str]
) -> None:
    made = await backed_up(tmp_path)
    assert await restored(tmp_path, made) == await restored(tmp_path, made, again=True)
    async with vault_in(tmp_path / "fresh") as vault:
        await vault.erase(SUBJECTS[0])
    with pytest.raises(DumpBroken, match=SUBJECTS[0]):
        await restored(tmp_path, made, again=True)
    assert sealed


async def test_what_was_changed_or_is_missing_is_not_restored(tmp_path: Path, sealed: dict[str, str]) -> None:
    made = await backed_up(tmp_path)
    file = made / "vault" / "data_keys.jsonl.gz"
    lines = gzip.decompress(file.read_bytes()).splitlines(keepends=True)
    file.write_bytes(gzip.compress(b"".join(lines[1:])))
    with pytest.raises(b.BackupUnusable, match=r"data_keys\.jsonl\.gz"):
        await restored(tmp_path, made)
    file.unlink()
    with pytest.raises(b.BackupUnusable, match="missing"):
        await restored(tmp_path, made)
    (made / b.MANIFEST).write_text(json.dumps({"format": 2}))
    with pytest.raises(b.BackupUnusable, match="known here: 1"):
        b.checked(made)
    (made / b.MANIFEST).unlink()
    with pytest.raises(b.BackupUnusable, match="not a complete backup"):
        b.checked(made)
    assert not (tmp_path / "fresh").exists()
    assert sealed


def test_old_backups_go(tmp_path: Path) -> None:
    for name in ("20261101T000000Z", "20261102T000000.partial", "20261124T000000Z", "notes"):
        (tmp_path / name).mkdir()
    gone = b.prune(tmp_path, MOMENT - timedelta(days=7))
    assert [path.name for path in gone] == ["20261101T000000Z", "20261102T000000.partial"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["20261124T000000Z", "notes"]
