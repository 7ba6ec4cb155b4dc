"""A system is backed up while it works, destroyed to the last file, restored into empty servers: nothing is missing."""

import asyncio
import shutil
from pathlib import Path

import pytest

from chaos.system import Attacked
from e2e.inside import Where
from e2e.outside import comes_true
from madoguchi.policy.load import load_towns
from madoguchi.vault.open import opened
from madoguchi.vault.port import Access, KeyErased, LegalBasis, Purpose
from madoguchi_sandbox.launcher.plan import Rung
from operations.running import Operated, operated
from system import layout_in
from towns import TOWN

pytestmark = [pytest.mark.processes, pytest.mark.operations, pytest.mark.timeout(900)]

ACCESS = Access("clerk:0042", Purpose.CLERK_REVIEW, LegalBasis.CONSENT)
SUBJECT = "req_" + "0" * 26
DRAIN_SECONDS = 3.0
"""What had come in when the doors were shut is stored by then."""


async def test_a_restored_system_goes_on_as_if_nothing_had_been(
    tmp_path: Path, real: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = f"sqlite://{tmp_path}/journal"
    monkeypatch.setenv("ERASURE_JOURNAL_URI", journal)
    rung = Rung.NATIVE if real else Rung.EMBEDDED
    async with operated(tmp_path / "run", layout_in(tmp_path, real=real).base_port, rung) as running:
        sealed = await something_sealed(running)
        load = asyncio.create_task(running.arrive(36, 1.5))
        await asyncio.sleep(14)
        await comes_true(lambda: somebody_is_at_it(running), within=8)
        assert not load.done()
        # From here on nothing is accepted: what were, would be lost. What is in hand goes on.
        for door in running.system.doors:
            await door.shut()
        await asyncio.sleep(DRAIN_SECONDS)
        copied(running.folder, tmp_path / "keys")
        backup = await running.operator("backup", str(tmp_path / "backups"))
        await erased(running, journal)
        await destroy(running.system)
        copied(tmp_path / "keys", running.folder)
        await start_servers(running.system)
        await running.operator("restore", backup)
        for key in running.system.keys:
            running.system.begin(key)
        await running.system.ready(*running.system.keys)
        await running.clerk_anew()
        for door in running.system.doors:
            door.open = True
        await load
        await running.arrive(4, 1.0)
        report = await running.audited()
        assert report.bad == [], report.as_json()["evidence"]
        assert running.crowd.counts["failed"] == 0
        await stays_erased(running, sealed)


async def somebody_is_at_it(running: Operated) -> bool:
    return running.crowd.present > 0


async def something_sealed(running: Operated) -> str:
    """The data of a resident who will withdraw between backup and disaster."""
    async with opened(_where(running), load_towns(running.folder / "municipalities")) as vault:
        await vault.create_key(SUBJECT, TOWN)
        return await vault.seal(SUBJECT, "contact", b"anything")


async def erased(running: Operated, journal: str) -> None:
    """As a service does it."""
    async with opened(_where(running), load_towns(running.folder / "municipalities"), erasure_journal=journal) as vault:
        await vault.erase(SUBJECT)


async def stays_erased(running: Operated, sealed: str) -> None:
    async with opened(_where(running), load_towns(running.folder / "municipalities")) as vault:
        with pytest.raises(KeyErased):
            await vault.open_bytes(SUBJECT, sealed, ACCESS)


def _where(running: Operated) -> Where:
    return Where(running.system.layout.store_uri, running.folder / "secrets")


def copied(folder: Path, target: Path) -> None:
    """Keys and policies, which are kept apart from the backup."""
    for name in ("secrets", "municipalities"):
        shutil.copytree(folder / name, target / name)


async def destroy(system: Attacked) -> None:
    """Every process of the town's dies at once, every file of it is gone. The outside world is still there."""
    for key in system.keys:
        await asyncio.to_thread(system.services.kill, key)
    await asyncio.to_thread(system.servers.stop_all)
    for folder in (system.layout.folder, system.servers.layout.folder):
        shutil.rmtree(folder / "data", ignore_errors=True)
    for name in ("secrets", "municipalities"):
        shutil.rmtree(system.layout.folder / name)
    (system.layout.folder / "data").mkdir()
    assert not any((system.layout.folder / "data").iterdir())


async def start_servers(system: Attacked) -> None:
    """Empty ones."""
    await asyncio.to_thread(system.servers.begin_servers)
