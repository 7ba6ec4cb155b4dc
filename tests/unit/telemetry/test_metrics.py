"""Every metric of every service: its name, its labels, and that none of them can name a person."""

import importlib
import re

import pytest
from prometheus_client import REGISTRY

from madoguchi.telemetry.privacy import FORBIDDEN
from monitoring.labels import LABELS

MEASURING = (
    "madoguchi.telemetry.metrics",
    "request_intake.adapters.tally",
    "identity.adapters.tally",
    "issuance.adapters.tally",
    "notify.metrics",
)
STANDARD = ("db_client_", "kafka_consumer_group_", "messaging_")
"""Names of OpenTelemetry's conventions and of its Kafka receiver; `http_server_` and `process_` come from libraries."""
Described = tuple[str, str, tuple[str, ...]]


@pytest.fixture(scope="module")
def own() -> list[Described]:
    """Name, type and labels of each."""
    for module in MEASURING:
        importlib.import_module(module)
    found = {c for c in REGISTRY._collector_to_names if type(c).__name__ in ("Counter", "Gauge", "Histogram")}
    return [(c._name, c._type, c._labelnames) for c in found]  # type: ignore[attr-defined]


def test_names_are_standard_or_ours_and_in_base_units(own: list[Described]) -> None:
    assert len(own) > 30
    for name, kind, _ in own:
        assert name.startswith(("madoguchi_", *STANDARD)), name
        assert not re.search(r"_(ms|millis|minutes|hours|days|percent)$", name), name
        if kind == "histogram":
            assert name.endswith("_seconds"), name


def test_labels_are_codes_never_an_id_or_a_name(own: list[Described]) -> None:
    for name, _, labels in own:
        assert set(labels) <= set(LABELS), name
        assert len(labels) <= 4, f"{name}: there are as many series as the product of its labels' values"
    assert not any(label.endswith("_id") or label in ("name", "user", "client") for label in LABELS)
    assert set(LABELS) & FORBIDDEN == {"state"}, "only the code of a state, never the state itself"
