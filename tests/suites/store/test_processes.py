"""Several processes on one SQLite file; and one that is killed in the middle of writing."""

import asyncio
import stat
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

import pytest

from madoguchi.store.open import connected
from madoguchi.store.port import Collection, Index

pytestmark = [pytest.mark.processes, pytest.mark.embedded]

WRITER = Path(__file__).with_name("writer.py")
THINGS = Collection("things", (Index("by"),))
COUNTED = 100


async def start(act: str, folder: Path, name: str) -> Process:
    return await asyncio.create_subprocess_exec(sys.executable, str(WRITER), act, str(folder), name, stdout=PIPE)


async def acknowledged_until_killed(process: Process, enough: int) -> list[str]:
    assert process.stdout is not None
    lines = [await process.stdout.readline() for _ in range(enough)]
    process.kill()
    lines += (await process.stdout.read()).splitlines(keepends=True)
    await process.wait()
    return [line.decode().strip() for line in lines if line.endswith(b"\n")]


async def test_three_processes_counting_together_miss_nothing(tmp_path: Path) -> None:
    processes = [await start("count", tmp_path, f"p{n}") for n in range(3)]
    assert [await process.wait() for process in processes] == [0, 0, 0]
    async with connected(f"sqlite://{tmp_path}", "shared") as documents:
        found = await documents.get(THINGS, "total")
    assert found is not None
    assert found["version"] == 3 * COUNTED


async def test_a_killed_process_loses_nothing_it_was_told_is_stored(tmp_path: Path) -> None:
    for turn in range(3):
        process = await start("insert", tmp_path, f"t{turn}")
        told = await acknowledged_until_killed(process, 300)
        assert len(told) >= 300
        async with connected(f"sqlite://{tmp_path}", "shared") as documents:
            stored = await documents.find(THINGS, equal={"by": f"t{turn}"}, limit=1_000_000)
        assert set(told) <= {document["_id"] for document in stored}


async def test_others_go_on_when_a_process_is_killed_while_writing(tmp_path: Path) -> None:
    survivor = await start("count", tmp_path, "survivor")
    for turn in range(3):
        await acknowledged_until_killed(await start("insert", tmp_path, f"t{turn}"), 50)
    async with asyncio.timeout(30):
        assert await survivor.wait() == 0
    async with connected(f"sqlite://{tmp_path}", "shared") as documents:
        await documents.insert(THINGS, {"_id": "after", "version": 1})
        found = await documents.get(THINGS, "total")
    assert found is not None
    assert found["version"] == COUNTED


async def test_the_files_are_private_to_their_user(tmp_path: Path) -> None:
    async with connected(f"sqlite://{tmp_path}/data", "shared") as documents:
        await documents.prepare([THINGS])
        await documents.insert(THINGS, {"_id": "a", "version": 1})
        files = [*(tmp_path / "data").iterdir()]
        assert len(files) == 4
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
        assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
