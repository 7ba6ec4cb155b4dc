"""A system of its own for the tests that use it through a browser; started when the first of them asks for it."""

from collections.abc import Iterator

import pytest

from madoguchi.service.clock import utc_now
from madoguchi_sandbox.init import initialise
from madoguchi_sandbox.launcher.plan import SANDBOX
from madoguchi_sandbox.launcher.stack import Stack
from system import layout_in, running


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Runs until the last test has ended."""
    layout = layout_in(tmp_path_factory.mktemp("system"))
    initialise(layout.folder, layout.url(SANDBOX), utc_now())
    with running(layout, {"SWEEP_SECONDS": "0.5", "PAGE_RATE_PER_MINUTE": "6000"}) as system:
        yield system
