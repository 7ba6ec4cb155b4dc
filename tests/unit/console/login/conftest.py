"""Fixtures of the login's tests."""

from collections.abc import AsyncIterator

import pytest

from unit.console.login.world import World, console_world


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with console_world() as running:
        yield running
