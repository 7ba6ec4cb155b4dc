"""Made once for all of identity's tests: keys take a moment."""

import pytest

from unit.identity.world import World, made


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return made(tmp_path_factory.mktemp("cards"))
