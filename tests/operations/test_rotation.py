"""Every secret of a running system is changed by rolling restarts while residents use it, and nobody notices."""

import asyncio
from pathlib import Path

import httpx
import pytest

from chaos.evidence import lines
from chaos.journals import in_line
from e2e.outside import comes_true
from madoguchi_sandbox.launcher.plan import Rung
from operations.changing import Change
from operations.running import Operated, operated
from system import layout_in
from towns import SECOND_TOWN, TOWN

pytestmark = [pytest.mark.processes, pytest.mark.operations, pytest.mark.timeout(900)]


async def test_every_key_changes_while_threads_go_on(tmp_path: Path, real: bool) -> None:
    rung = Rung.NATIVE if real else Rung.EMBEDDED
    async with operated(tmp_path / "run", layout_in(tmp_path, real=real).base_port, rung) as running:
        changes = [Change(running.folder, code) for code in (TOWN, SECOND_TOWN)]
        await running.arrive(6, 2.0)
        pages = status_pages(running)
        load = asyncio.create_task(running.arrive(30, 0.4))
        for change in changes:
            change.make_known()
        await running.roll()
        for change in changes:
            change.use()
        # The chat platform signs with its new secret at once; until a service is rolled it knows it all the same.
        await running.replace_outside()
        await running.roll()
        said = await running.operator("keys", "rewrap")
        assert said.count(" 0 left under an older key") == 2
        await comes_true(lambda: conversations_found(running), within=60)
        for change in changes:
            change.drop()
        await running.replace_outside()
        await running.roll()
        await running.arrive(8, 1.0)
        await load
        assert await answered(pages) == [200] * len(pages)
        report = await running.audited()
        assert report.bad == [], report.as_json()["evidence"]
        assert running.crowd.counts["failed"] == 0
        assert await running.operator("keys", "rewrap", "--check")


def status_pages(running: Operated) -> list[str]:
    """Links that were made before any change."""
    links = in_line(lines(running.folder / "sandbox" / "line.jsonl")).links
    pages = sorted({url for urls in links.values() for url in urls if "/r/" in url})
    assert len(pages) >= 3
    return pages


async def answered(pages: list[str]) -> list[int]:
    async with httpx.AsyncClient(trust_env=False, timeout=20) as http:
        return [(await http.get(url)).status_code for url in pages]


async def conversations_found(running: Operated) -> bool:
    """An instance that knows the new key has seen every conversation."""
    logs = (running.folder / "logs").glob("request-intake-*.log")
    return any('"waiting": 0' in line for log in logs for line in log.read_text().splitlines() if "rekeyed" in line)
