"""The synthetic town's extract."""

from pathlib import Path

import pytest

from madoguchi.register.sqlite import SqliteRegister
from madoguchi_sandbox import register


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> SqliteRegister:
    path: Path = tmp_path_factory.mktemp("town") / "register.sqlite"
    register.write(path)
    return SqliteRegister(path)
