"""A town's register, written once; a fresh issuance service around it for every test."""

from pathlib import Path

import pytest

from madoguchi_sandbox import register
from unit.issuance.world import World


@pytest.fixture(scope="session")
def extract(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("town") / "register.sqlite"
    register.write(path)
    return path


@pytest.fixture
def world(extract: Path) -> World:
    return World(extract)
