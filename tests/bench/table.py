"""The table that the command prints, and the file it leaves."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.table import Table

from bench.figures import Figure
from madoguchi_sandbox.launcher.plan import Rung

RESULTS = Path(__file__).parent / "results"
_MARK = {True: "[green]yes[/]", False: "[red]no[/]", None: ""}


def number(value: float | None) -> str:
    """Three significant digits are all that a figure is good for."""
    if value is None:
        return ""
    if value and abs(value) < 100:
        return f"{value:.3g}"
    return f"{value:,.0f}"


def table(part: str, figures: Sequence[Figure], rung: Rung) -> Table:
    """One part's figures."""
    shown = Table(title=f"{part} ({rung})", title_justify="left")
    for heading in ("figure", "value", "unit", "baseline", "ratio", "goal", "reached"):
        shown.add_column(heading, justify="right" if heading in ("value", "baseline", "ratio", "goal") else "left")
    for each in figures:
        baseline = f"{number(each.baseline)} {each.against}" if each.baseline is not None else ""
        goal = str(each.goal) if each.reached(rung) is not None else ""
        ratio = number(each.ratio)
        shown.add_row(each.name, number(each.value), each.unit, baseline, ratio, goal, _MARK[each.reached(rung)])
    return shown


def document(
    part: str, figures: Sequence[Figure], rung: Rung, *, seconds: float, at: datetime, where: dict[str, Any]
) -> dict[str, Any]:
    """The same as JSON values, with machine and commit."""
    return {
        "part": part,
        "rung": rung.value,
        "at": at.isoformat(timespec="seconds"),
        "seconds_each": seconds,
        "machine": where,
        "figures": [figure.document(rung) for figure in figures],
    }


def write(content: dict[str, Any], folder: Path = RESULTS) -> Path:
    """`<date>-<rung>-<part>.json`; a later run on the same day takes its place."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{content['at'][:10]}-{content['rung']}-{content['part']}.json"
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return path
