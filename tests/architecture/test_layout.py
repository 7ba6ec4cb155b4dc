"""The fixed top level, and what no file of the repository may name."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOP_LEVEL = {
    "services", "shared", "deploy", "tests", "Makefile", "README.md", "pyproject.toml", "requirements.lock", "LICENSE",
}  # fmt: skip


def _tracked() -> list[str]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return done.stdout.decode().split("\0")[:-1]


def test_the_top_level_is_the_agreed_one() -> None:
    tops = {name.split("/")[0] for name in _tracked()}
    assert {top for top in tops if not top.startswith(".")} <= TOP_LEVEL


def test_the_services_are_the_agreed_ones() -> None:
    services = {name.split("/")[1] for name in _tracked() if name.startswith("services/")}
    assert services == {"request-intake", "identity", "issuance", "notify", "console"}


def test_the_lock_names_no_index_and_hashes_everything() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert not re.search(r"^\s*(-i|--index-url|--extra-index-url|--find-links)|https?://", lock, re.MULTILINE)
    for block in re.split(r"\n(?=[a-z0-9])", lock.strip()):
        assert "--hash=sha256:" in block, block.splitlines()[0]


def test_no_other_lock_file() -> None:
    assert not [name for name in _tracked() if name.endswith("uv.lock")]
