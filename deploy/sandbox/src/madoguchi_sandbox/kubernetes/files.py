"""The generated manifests: which file holds what. `make generate` writes them, a test holds them to the code."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from madoguchi_sandbox.kubernetes import kafka, rules, secrets

ROOT: Final = Path(__file__).parents[5]
COMPONENTS: Final = ROOT / "deploy/kubernetes/components"
TOWN: Final = ROOT / "deploy/municipalities/990019.yaml"
RULES: Final = ROOT / "deploy/prometheus/rules.yaml"
_HEAD: Final = "# Made by `make generate` from {}; a test fails when it differs. Changes here are overwritten.\n"


def text(source: str, manifests: Iterable[Mapping[str, Any]]) -> str:
    """Manifests as one YAML file that says where it comes from."""
    body = yaml.safe_dump_all(manifests, sort_keys=False, allow_unicode=True, width=200)
    return _HEAD.format(source) + body


GENERATED: Final[dict[Path, Callable[[], str]]] = {
    COMPONENTS / "kafka/topics.yaml": lambda: text("FLOW", kafka.topics()),
    COMPONENTS / "kafka/users.yaml": lambda: text("FLOW", kafka.users()),
    COMPONENTS / "scaling/scaled-objects.yaml": lambda: text("FLOW", kafka.scaled()),
    COMPONENTS / "external-secrets/town-990019.yaml": lambda: text(
        "deploy/municipalities/990019.yaml", secrets.external(yaml.safe_load(TOWN.read_text("utf-8")))
    ),
    COMPONENTS / "monitoring/alerts.yaml": lambda: text(
        "deploy/prometheus/rules.yaml", [rules.prometheus_rule(yaml.safe_load(RULES.read_text("utf-8")))]
    ),
}
"""File → what it must hold."""
