"""A console of the synthetic town."""

from pathlib import Path

import pytest

from madoguchi_sandbox import register
from unit.console.world import World


@pytest.fixture(scope="session")
def extract(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("town") / "register.sqlite"
    register.write(path)
    return path


@pytest.fixture
def world(extract: Path) -> World:
    return World(extract)
