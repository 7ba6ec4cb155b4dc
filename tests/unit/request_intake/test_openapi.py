"""The committed OpenAPI document, and that the API answers as it says."""

from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from madoguchi.policy.load import load_town
from madoguchi.text.catalogue import Catalogue
from request_intake.http.app import Rates, application, furnish
from request_intake.http.openapi import document
from unit.request_intake.world import TOWN, WEBHOOK_SECRET, build

ROOT = Path(__file__).parents[3]
UNLIMITED = Rates(api=1_000_000, pages=1_000_000)

_town = load_town(ROOT / "deploy/municipalities" / f"{TOWN}.yaml")
_intake = build(_town, Catalogue.of_package("request_intake"))
_app = application(UNLIMITED)
furnish(_app, _intake.deps, _intake.documents, _intake.api_keys, {TOWN: (WEBHOOK_SECRET,)})
api = schemathesis.openapi.from_asgi("/openapi.json", _app)


def test_the_committed_document_is_the_codes() -> None:
    committed = ROOT / "services/request-intake/openapi.json"
    assert committed.read_text("utf-8") == document(), "run: make generate"


def test_every_operation_is_explained_and_needs_a_key() -> None:
    for path, methods in _app.openapi()["paths"].items():
        for method, operation in methods.items():
            assert operation["description"], f"{method} {path}"
            assert operation["security"], f"{method} {path}"


# Streams are tried in `test_api`: here each would last its whole time.
@api.exclude(path_regex="/events$").parametrize()
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_documented(case: schemathesis.Case[Any]) -> None:
    # What fits the schema may still be refused: a key that was used for another request (422), for one.
    key = {"Authorization": f"Bearer {_intake.keys['live']}"}
    case.call_and_validate(headers=key, excluded_checks=[positive_data_acceptance])
