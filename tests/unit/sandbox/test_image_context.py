"""What may get into an image, and from where: the build context, and the part of the lock that a service needs."""

import re
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from docker.utils.build import exclude_paths

from madoguchi_sandbox.launcher import native

ROOT = native.PLAN.parents[1]
LOCK = (ROOT / "requirements.lock").read_text()


@pytest.fixture(scope="module")
def context() -> set[str]:
    """The files that Docker sends to its engine, by its own rules."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    return {path for path in exclude_paths(str(ROOT), patterns) if (ROOT / path).is_file()} - {".dockerignore"}


@pytest.fixture(scope="module")
def locked() -> ModuleType:
    spec = spec_from_file_location("locked", ROOT / "deploy" / "images" / "locked.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_context_has_what_is_installed(context: set[str]) -> None:
    wanted = {"requirements.lock", "LICENSE", "deploy/images/install.sh", "deploy/images/locked.py"}
    assert wanted <= context
    for source in ROOT.glob("services/*/src/*/settings.py"):
        assert str(source.relative_to(ROOT)) in context


def test_the_context_has_nothing_else(context: set[str]) -> None:
    allowed = re.compile(
        r"(requirements\.lock|LICENSE|shared/(pyproject\.toml|src/.+)|services/[^/]+/(pyproject\.toml|src/.+)"
        r"|deploy/sandbox/(pyproject\.toml|src/.+)|deploy/municipalities/[^/]+\.yaml|deploy/wheels/.+"
        r"|deploy/images/(install\.sh|locked\.py))"
    )
    assert not [path for path in context if not allowed.fullmatch(path)]
    assert not [path for path in context if "__pycache__" in path]


def test_a_part_of_the_lock_has_its_hashes(locked: ModuleType) -> None:
    (entry,) = locked.part(LOCK, frozenset({"uv"}))
    assert entry.startswith("uv==")
    assert entry in LOCK
    assert entry.count("--hash=sha256:") > 1


def test_both_versions_of_a_package_are_kept_where_the_lock_has_two(locked: ModuleType) -> None:
    lock = "a==1 ; x\n    --hash=sha256:0\na==2 ; y\n    --hash=sha256:1\nb==3\n    --hash=sha256:2\n"
    assert "".join(locked.part(lock, frozenset({"a"}))) == lock.partition("b==")[0]


def test_our_own_package_is_never_looked_for_in_an_index(locked: ModuleType) -> None:
    asked = list(locked.requirements(str(ROOT / "services" / "identity" / "pyproject.toml")))
    assert asked
    assert "madoguchi" not in {locked.name_of(one) for one in asked}


def test_what_the_lock_does_not_hold_is_not_installed(tmp_path: Path) -> None:
    uv = tmp_path / "uv"
    uv.write_text("#!/bin/sh\necho uv==1\necho stranger==6\n")
    uv.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "deploy/images/locked.py", "uv"],
        cwd=ROOT,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "stranger" in done.stderr
