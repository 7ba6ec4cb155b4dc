"""Custom resources held to their definitions: the OpenAPI schema of a CRD as a strict JSON Schema."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import jsonschema
import yaml

CRDS: Final = Path(__file__).parents[2] / "deploy/kubernetes/crds"


@cache
def definitions() -> dict[tuple[str, str], jsonschema.Draft202012Validator]:
    """(apiVersion, kind) → what an object of it must be like."""
    found = {}
    for path in sorted(CRDS.glob("*.*.yaml")):
        spec = yaml.safe_load(path.read_text("utf-8"))["spec"]
        for version in spec["versions"]:
            schema = strict(version["schema"]["openAPIV3Schema"])
            where = (f"{spec['group']}/{version['name']}", spec["names"]["kind"])
            found[where] = jsonschema.Draft202012Validator(schema)
    return found


def strict(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with unknown fields refused, as an API server does when asked to be strict."""
    made = {key: _inner(key, value) for key, value in schema.items() if not key.startswith("x-kubernetes-")}
    open_ended = schema.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in schema
    if "properties" in schema and not open_ended:
        made["additionalProperties"] = False
    if schema.get("x-kubernetes-int-or-string"):
        made.pop("type", None)
    if schema.get("nullable") and "type" in made:
        made["type"] = [made["type"], "null"]
    return made


def _inner(key: str, value: Any) -> Any:
    if key in {"properties", "patternProperties"}:
        return {name: strict(inner) for name, inner in value.items()}
    if key in {"items", "additionalProperties"} and isinstance(value, Mapping):
        return strict(value)
    return value


def problems(manifest: Mapping[str, Any]) -> list[str]:
    """What is wrong with a custom resource. Raises `KeyError` when there is no definition of it."""
    validator = definitions()[manifest["apiVersion"], manifest["kind"]]
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(manifest)]
