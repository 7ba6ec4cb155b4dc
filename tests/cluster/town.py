"""What the demo adds to the local overlay: the sandbox's town, made here, as files that kustomize reads."""

import os
import shutil
import tarfile
from pathlib import Path
from typing import Any, Final

import yaml

from madoguchi.contracts.flow import CONSOLE
from madoguchi.service.clock import utc_now
from madoguchi_sandbox.init import Places, initialise
from madoguchi_sandbox.kubernetes.secrets import USED, files
from madoguchi_sandbox.staff import CLIENT_KEY

LOCAL: Final = Path(__file__).parents[2] / "deploy/kubernetes/overlays/local"
INSIDE: Final = "http://sandbox:8405"
"""Where the sandbox answers the services."""
OUTSIDE: Final = "http://127.0.0.1:8405"
"""Where it answers residents, who are in its own pod, or behind `kubectl port-forward`."""


def made(folder: Path) -> Path:
    """Make the town below `folder`, and the overlay that brings it. Returns the overlay's folder."""
    places = initialise(folder / "town", INSIDE, utc_now(), public_url=OUTSIDE)
    target = folder / "overlay"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    _copied(places, target)
    _packed(places.folder, target / "town.tar.gz")
    (target / "kustomization.yaml").write_text(yaml.safe_dump(_kustomization(places, target), sort_keys=False))
    return target


def _copied(places: Places, target: Path) -> None:
    shutil.copy(places.town, target)
    shutil.copytree(places.secrets, target / "secrets")
    shutil.copy(places.folder / "secrets" / CONSOLE / CLIENT_KEY, target)


def _packed(folder: Path, archive: Path) -> None:
    """Everything that the sandbox and the residents need, as `make demo` has it in one folder."""
    with tarfile.open(archive, "w:gz") as tar:
        for name in ("municipalities", "secrets", "sandbox"):
            tar.add(folder / name, arcname=name, filter=_everybodys)


def _everybodys(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 10001
    entry.uname = entry.gname = ""
    return entry


def _kustomization(places: Places, target: Path) -> dict[str, Any]:
    town = yaml.safe_load(places.town.read_text("utf-8"))
    secrets = {f"{service}-{places.code}": [f"secrets/{file}" for file in files(town, service)] for service in USED}
    secrets["registers"] = [f"{places.code}.sqlite=secrets/register.sqlite"]
    secrets["sandbox-town"] = ["town.tar.gz"]
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": "madoguchi",
        "resources": [os.path.relpath(LOCAL, target)],
        "configMapGenerator": [{"name": "towns", "behavior": "replace", "files": [places.town.name]}],
        "secretGenerator": [
            *({"name": name, "files": sources} for name, sources in secrets.items()),
            {"name": CONSOLE, "behavior": "replace", "files": [CLIENT_KEY]},
        ],
    }
