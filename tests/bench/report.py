"""`make figures`: the tables of `README.md` and `deploy/README.md`, written anew from `tests/bench/results`."""

import json
import re
import sys
from pathlib import Path
from typing import Any, Final

from bench import capacity, speed
from bench.table import RESULTS

ROOT: Final = Path(__file__).parents[2]
README: Final = ROOT / "README.md"
RUNBOOK: Final = ROOT / "deploy" / "README.md"


def results() -> list[tuple[str, dict[str, Any]]]:
    """Every result file: name, content."""
    return [(path.name, json.loads(path.read_text("utf-8"))) for path in sorted(RESULTS.glob("*.json"))]


def filled(page: str, begin: str, end: str, text: str) -> str:
    """The page with this text between its markers. Raises `ValueError` when they are not there once."""
    found, count = re.subn(
        f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: f"{begin}\n{text}\n{end}", page, flags=re.DOTALL
    )
    if count != 1:
        raise ValueError(f"{count} places for {begin}, not 1")
    return found


def pages() -> dict[Path, str]:
    """Each page as it must be. Raises `NoFigures` when the results say too little."""
    found = results()
    fast = speed.table([content for _, content in found])
    needs = capacity.table(capacity.costs(found))
    return {
        README: filled(README.read_text("utf-8"), speed.BEGIN, speed.END, fast),
        RUNBOOK: filled(RUNBOOK.read_text("utf-8"), capacity.BEGIN, capacity.END, needs),
    }


def main() -> None:
    """Write them. Ends with 1 when the results say too little."""
    try:
        made = pages()
    except capacity.NoFigures as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from None
    for path, text in made.items():
        path.write_text(text, "utf-8")
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
