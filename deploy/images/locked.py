"""The part of requirements.lock that packages of this repository need, with its hashes, on standard output.

    locked.py [--besides <pyproject.toml>] <pyproject.toml or name>…

uv, which must be on the PATH, finds out which packages are needed; it asks the index only what they depend on. Versions
and hashes are the lock's own, so whatever an index answers, nothing else is ever installed. What `--besides` needs is
left out. Exits with 1, and why, when the lock does not hold all that is needed.
"""

import argparse
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

LOCK = Path("requirements.lock")
OWN = "madoguchi"
"""Our package that others name as a dependency; it is in no index."""
_OPTIONS = ("--quiet", "--no-annotate", "--no-header", "--no-emit-index-url", "--no-sources")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="The part of requirements.lock that is needed.")
    parser.add_argument("needs", nargs="+", help="a pyproject.toml, or the name of a package")
    parser.add_argument("--besides", action="append", default=[], help="leave out what this needs")
    chosen = parser.parse_args()
    names = needed(chosen.needs) - (needed(chosen.besides) if chosen.besides else frozenset())
    entries = part(LOCK.read_text(), names)
    if missing := names - {name_of(entry) for entry in entries}:
        sys.exit(f"Not in {LOCK}: {', '.join(sorted(missing))}. Run `make lock`.")
    sys.stdout.write("".join(entries))


def needed(sources: Iterable[str]) -> frozenset[str]:
    """The names of all packages that the sources need, directly or not."""
    wanted = "\n".join(one for source in sources for one in requirements(source))
    # uv is told nothing that is not in this repository.
    done = subprocess.run(  # noqa: S603 - our own command line
        ["uv", "pip", "compile", *_OPTIONS, "--python", sys.executable, "--constraint", str(LOCK), "-"],  # noqa: S607 - the one on the build's PATH
        input=wanted,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stderr)
    return frozenset(name_of(line) for line in done.stdout.splitlines() if line.strip())


def requirements(source: str) -> Iterator[str]:
    """What a pyproject.toml asks for, but for our own; a name asks for itself."""
    if not source.endswith(".toml"):
        yield source
        return
    project = tomllib.loads(Path(source).read_text())["project"]
    yield from (one for one in project["dependencies"] if name_of(one) != OWN)


def part(lock: str, names: frozenset[str]) -> list[str]:
    """The lock's entries of these names, each a line `name==version` and the lines with its hashes."""
    entries = re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)
    return [entry for entry in entries if name_of(entry) in names]


def name_of(requirement: str) -> str:
    """`uvicorn>=0.34` → `uvicorn`."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    return re.sub(r"[-_.]+", "-", found[0]).lower() if found else ""


if __name__ == "__main__":
    main()
