"""One whole system for all end-to-end tests: broker, sandbox and the four services as real processes."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from e2e.inside import Archive
from e2e.rest import Client, channel
from madoguchi.service.clock import utc_now
from madoguchi_sandbox.init import TOWN_FILE, initialise
from madoguchi_sandbox.launcher.plan import SANDBOX, Layout
from madoguchi_sandbox.launcher.stack import Stack
from madoguchi_sandbox.resident import Resident, arrives
from system import layout_in, running
from towns import SECOND_TOWN, THIRD_TOWN, TOWN, another_town

PACE = {
    "REDRIVE_SECONDS": "3",
    "SWEEP_SECONDS": "0.5",
    "PROVIDER_SECONDS": "2",
    "CRL_PATIENCE_SECONDS": "0.3",
}
"""Less patience than in a town."""


def _towns(layout: Layout, folder: Path) -> None:
    """Make three towns."""
    second = another_town(folder, SECOND_TOWN, ("charge: after_review", "charge: before_review"))
    third = another_town(folder, THIRD_TOWN, ("fee: 300", "fee: 0"))
    for file in (TOWN_FILE, second, third):
        initialise(layout.folder, layout.url(SANDBOX), utc_now(), file)
    made = layout.folder / "municipalities" / f"{THIRD_TOWN}.yaml"
    text = made.read_text("utf-8")
    assert "/cards/crl.pem" in text
    made.write_text(text.replace("/cards/crl.pem", "/cards/no-such-list.pem"), "utf-8")


@pytest.fixture(scope="session")
def layout(tmp_path_factory: pytest.TempPathFactory, real: bool) -> Layout:
    return layout_in(tmp_path_factory.mktemp("system"), real=real)


@pytest.fixture(scope="session")
def stack(layout: Layout, tmp_path_factory: pytest.TempPathFactory, real: bool) -> Iterator[Stack]:
    """Runs for the whole session; tests that kill a process start it again."""
    _towns(layout, tmp_path_factory.mktemp("towns"))
    with running(layout, PACE) as system:
        yield system


@pytest.fixture(scope="session")
def archive() -> Archive:
    """What was on the topics, over the deaths of the broker; tests that kill it look first."""
    return Archive({})


@pytest.fixture
async def resident(stack: Stack) -> AsyncIterator[Resident]:
    async with arrives(stack.layout.url(SANDBOX), TOWN, name="見本 花子", card="hanako-good") as someone:
        yield someone


@pytest.fixture
async def api(stack: Stack) -> AsyncIterator[Client]:
    """A channel of the first town."""
    async with channel(stack, TOWN) as client:
        yield client


@pytest.fixture
async def second_api(stack: Stack) -> AsyncIterator[Client]:
    """A channel of the second town."""
    async with channel(stack, SECOND_TOWN) as client:
        yield client


@pytest.fixture
async def third_api(stack: Stack) -> AsyncIterator[Client]:
    """A channel of the third town."""
    async with channel(stack, THIRD_TOWN) as client:
        yield client
