"""The manifests as a cluster is given them: `kubectl kustomize` of each overlay."""

import json
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

Manifest = dict[str, Any]

ROOT: Final = Path(__file__).parents[2]
KUBERNETES: Final = ROOT / "deploy/kubernetes"
OVERLAYS: Final = ("local", "staging", "production")
OLDEST_KUSTOMIZE: Final = (5, 0)
INSTALL: Final = (
    "kubectl 1.27 or newer is needed: its kustomize must be 5.0 or newer. It comes from Kubernetes' own packages; "
    "Debian's kubernetes-client is new enough from Debian 13 on."
)


@cache
def _kubectl() -> str:
    """The program. Raises `pytest.UsageError` when there is none, or too old a one."""
    program = shutil.which("kubectl")
    if program is None:
        raise pytest.UsageError(f"There is no kubectl here. {INSTALL}")
    said = _run(program, "version", "--client", "--output=json")
    version = str(json.loads(said).get("kustomizeVersion", "v0.0")).lstrip("v")
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_KUSTOMIZE:
        raise pytest.UsageError(f"{program} has kustomize {version}. {INSTALL}")
    return program


@cache
def rendered(overlay: str) -> tuple[Manifest, ...]:
    """Every object of an overlay."""
    text = _run(_kubectl(), "kustomize", str(KUBERNETES / "overlays" / overlay))
    return tuple(document for document in yaml.safe_load_all(text) if document)


def of_kind(overlay: str, *kinds: str) -> dict[str, Manifest]:
    """The objects of these kinds, by name."""
    return {one["metadata"]["name"]: one for one in rendered(overlay) if one["kind"] in kinds}


def services(overlay: str) -> dict[str, Manifest]:
    """The Deployments, by name: each is a service."""
    return of_kind(overlay, "Deployment")


def pods(overlay: str) -> Iterator[tuple[str, Manifest]]:
    """The pod template of everything that makes pods, by kind and name."""
    for one in rendered(overlay):
        if one["kind"] in {"Deployment", "StatefulSet", "Job"}:
            yield f"{one['kind']}/{one['metadata']['name']}", one["spec"]["template"]


def containers(template: Manifest) -> list[Manifest]:
    """Every container of a pod, those that run first included."""
    spec = template["spec"]
    return [*spec.get("initContainers", []), *spec["containers"]]


def variables(overlay: str, container: Manifest) -> dict[str, str | None]:
    """The environment that the manifests set for a container; None where a Secret holds the value."""
    maps = of_kind(overlay, "ConfigMap")
    found: dict[str, str | None] = {}
    for source in container.get("envFrom", []):
        found |= maps[source["configMapRef"]["name"]].get("data") or {}
    return found | {entry["name"]: entry.get("value") for entry in container.get("env", [])}


def matches(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a label selector takes in a pod with these labels."""
    wanted = selector.get("matchLabels", {}).items()
    among = selector.get("matchExpressions", [])
    assert all(one["operator"] == "In" for one in among), "only `In` is used here"
    return all(labels.get(key) == value for key, value in wanted) and all(
        labels.get(one["key"]) in one["values"] for one in among
    )


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert not done.stderr, f"a warning: {done.stderr}"
    return done.stdout
