"""Fixtures of the sandbox's tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox_world import World, chat_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with chat_world(tmp_path) as running:
        yield running
