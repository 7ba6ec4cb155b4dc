"""Fixtures of the intake tests."""

from pathlib import Path

import pytest

from madoguchi.policy.load import load_town
from madoguchi.policy.models import Municipality
from madoguchi.text.catalogue import Catalogue
from request_intake.domain.state import RequestState
from unit.request_intake.given import submitted, then
from unit.request_intake.world import TOWN, Intake, build


@pytest.fixture(scope="session")
def town() -> Municipality:
    return load_town(Path(__file__).parents[3] / "deploy/municipalities" / f"{TOWN}.yaml")


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue.of_package("request_intake")


@pytest.fixture
def intake(town: Municipality, catalogue: Catalogue) -> Intake:
    return build(town, catalogue)


@pytest.fixture
def fresh(town: Municipality, catalogue: Catalogue) -> RequestState:
    """A request just accepted."""
    return then(submitted(town, catalogue))
