"""Bringing the residents' program into their pod: this repository's own modules, and what the image has not got."""

import io
import sys
import sysconfig
import tarfile
from pathlib import Path
from typing import Final

from cluster.kubectl import Cluster, NotPossible

ROOT: Final = Path(__file__).parents[2]
POD: Final = ("sandbox-0", "--container=residents")
PLACE: Final = "/tmp/program"
ENOUGH: Final = "/srv/madoguchi/chaos/enough"
FAULTS: Final = "/srv/madoguchi/chaos/faults.jsonl"
REPORT: Final = "/srv/madoguchi/chaos/report.json"
OWN: Final = ("tests", "services/notify/src", "services/issuance/src")
"""The auditor knows notices by notify's texts, and dates by issuance's."""
BESIDE: Final = ("ahocorasick_rs", "pytest", "_pytest", "py.py", "pluggy", "iniconfig", "packaging", "pygments")
"""Packages of the tests that no image has."""
_UNPACK: Final = f"import sys, tarfile; tarfile.open(fileobj=sys.stdin.buffer, mode='r|gz').extractall('{PLACE}')"


def brought(cluster: Cluster) -> None:
    """Send it there. Raises `NotPossible` when its Python is not of this version: one package is compiled for it."""
    there = cluster.here("exec", *POD, "--", "python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])")
    if there.strip() != "{}.{}".format(*sys.version_info[:2]):
        raise NotPossible(f"The images have Python {there.strip()}; set up this one with the same: make setup PYTHON=…")
    cluster.here("exec", "--stdin", *POD, "--", "python3", "-c", _UNPACK, stdin=_packed())


def call(*words: str) -> list[str]:
    """What `kubectl` is told to run it there."""
    paths = ":".join(f"{PLACE}/{place}" for place in ("site", *OWN))
    return ["exec", *POD, "--", "env", f"PYTHONPATH={paths}", "python3", "-m", "cluster.residents", *words]


def put(cluster: Cluster, path: str, content: bytes) -> None:
    """Write a file there."""
    writing = f"import sys; open({path!r}, 'wb').write(sys.stdin.buffer.read())"
    cluster.here("exec", "--stdin", *POD, "--", "python3", "-c", writing, stdin=content)


def _packed() -> bytes:
    site = Path(sysconfig.get_path("purelib"))
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for place in OWN:
            tar.add(ROOT / place, arcname=place, filter=_source)
        for name in BESIDE:
            for found in site.glob(f"{name}*"):
                if found.suffix != ".dist-info":
                    tar.add(found, arcname=f"site/{found.name}", filter=_source)
    return archive.getvalue()


def _source(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if "__pycache__" in entry.name or "/results/" in entry.name else entry
