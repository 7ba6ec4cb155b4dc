"""One whole system for all end-to-end tests: broker, sandbox and the four services as real processes."""

import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from madoguchi.service.clock import utc_now
from madoguchi_sandbox.init import TOWN_FILE, initialise
from madoguchi_sandbox.launcher.plan import SANDBOX, Layout
from madoguchi_sandbox.launcher.stack import Stack
from madoguchi_sandbox.resident import Resident, arrives

TOWN = "990019"
SECOND_TOWN = "990027"
"""The same town under another code, where the fee comes before the review."""


def _free_base() -> int:
    """A base whose ports are free."""
    for base in range(21_000, 60_000, 200):
        ports = Layout(Path("/"), base).ports().values()
        if all(_is_free(port) for port in ports):
            return base
    raise RuntimeError("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _second_town(folder: Path) -> Path:
    text = TOWN_FILE.read_text("utf-8")
    changed = text.replace(f'code: "{TOWN}"', f'code: "{SECOND_TOWN}"').replace(
        "charge: after_review", "charge: before_review"
    )
    file = folder / f"{SECOND_TOWN}.yaml"
    file.write_text(changed, "utf-8")
    return file


@pytest.fixture(scope="session")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    return Layout(tmp_path_factory.mktemp("system"), _free_base())


@pytest.fixture(scope="session")
def stack(layout: Layout, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Runs for the whole session; tests that kill a process start it again."""
    url = layout.url(SANDBOX)
    initialise(layout.folder, url, utc_now())
    initialise(layout.folder, url, utc_now(), _second_town(tmp_path_factory.mktemp("towns")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REDRIVE_SECONDS", "3")
        patch.setenv("SWEEP_SECONDS", "0.5")
        patch.setenv("KAFKA_SESSION_SECONDS", "3")
        running = Stack(layout)
        try:
            running.start_all()
            yield running
        finally:
            running.stop_all()


@pytest.fixture
async def resident(stack: Stack) -> AsyncIterator[Resident]:
    async with arrives(stack.layout.url(SANDBOX), TOWN, name="見本 花子", card="hanako-good") as someone:
        yield someone
