"""The table of the README, from the newest result of each part and rung in `tests/bench/results`. Pure.

A row is a figure that a reader asks for first; the result files hold all of them. Nothing is rounded to look better.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from bench.table import number

BEGIN, END = "<!-- speed:begin -->", "<!-- speed:end -->"
RUNGS: Final = ("native", "embedded")
ROWS: Final = (
    ("issuance", r"certificates, 1 core", "certificates from *verified* to *issued*, 1 core"),
    ("issuance", r"certificates, 1 core, absolute", "the same, absolute"),
    ("issuance", r"certificates, \d+ cores", "the same, all cores, shared with broker, store and driver"),
    ("issuance", r"longest turn of the event loop, 1 core", "longest turn of issuance's event loop"),
    ("identity", r"checks through the service, 1 core", "card signatures checked through the service, 1 core"),
    ("identity", r"the check alone, 1 core", "the check alone, 1 core"),
    ("acceptance", r"acceptance at 100/s, 1 core: p99", "accepting a request at 100/s, 1 core: p99"),
    ("acceptance", r"acceptance at 300/s, 1 core: p99", "the same at 300/s"),
    ("acceptance", r"acceptance at 500/s, 1 core: p99", "the same at 500/s"),
    ("acceptance", r"requests accepted at most, 1 core", "requests accepted at most, 1 core"),
    ("whole", r"whole threads, \d+ residents at a time", "whole threads, everything on the same cores"),
    ("whole", r"whole threads by processor time in the services", "whole threads by processor time of the services"),
    ("whole", r"evidence to notice, alone: p95", "from evidence to notice, idle: p95"),
    ("whole", r"evidence to notice, at half load: p95", "the same at half load"),
    ("whole", r"burst of .*: residents in trouble", "burst of 5 × capacity: residents in trouble"),
    ("whole", r"burst of .*: drained after", "the same: drained after"),
    ("growth", r"100,000 stored: acceptance p50 .*", "accepting with 100,000 requests stored: p50"),
    ("growth", r"1,000,000 stored: acceptance p50 .*", "the same with 1,000,000"),
    ("footprint", r"request-intake: start to ready", "request-intake from start to ready"),
    ("footprint", r"request-intake: idle memory \(PSS\)", "request-intake idle"),
    ("footprint", r"issuance: idle memory \(PSS\)", "issuance idle, with a renderer per core"),
    ("footprint", r"request-intake: memory after .*", "request-intake after many requests"),
)
"""Part, pattern of the figure's name, what the README calls it."""


def newest(results: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], Mapping[str, Any]]:
    """(part, rung) → the newest result."""
    ordered = sorted(results, key=lambda result: str(result["at"]))
    return {(result["part"], result["rung"]): result for result in ordered}


def table(results: Sequence[Mapping[str, Any]]) -> str:
    """Where it comes from, and the table, in Markdown."""
    found = newest(results)
    rows = [["", *RUNGS, "goal"], ["---"] * (len(RUNGS) + 2)]
    for part, pattern, label in ROWS:
        figures = [_figure(found.get((part, rung)), pattern) for rung in RUNGS]
        if any(figures):
            goal = next((figure["goal"] for figure in figures if figure and figure["goal"]), "")
            rows.append([label, *map(_cell, figures), goal])
    return "\n".join(["\n".join(f"| {' | '.join(row)} |" for row in rows), "", _sources(found)])


def _figure(result: Mapping[str, Any] | None, pattern: str) -> Mapping[str, Any] | None:
    figures = () if result is None else result["figures"]
    return next((figure for figure in figures if re.fullmatch(pattern, figure["name"])), None)


def _cell(figure: Mapping[str, Any] | None) -> str:
    if figure is None:
        return "–"
    unit = figure["unit"]
    value = f"{number(figure['value'])}{'' if unit.startswith('/') or not unit else ' '}{unit}"
    compared = f" ({number(figure['ratio'])} × {figure['against']})" if figure["ratio"] is not None else ""
    return value + compared + {True: " ✓", False: " ✗", None: ""}[figure["reached"]]


def _sources(found: Mapping[tuple[str, str], Mapping[str, Any]]) -> str:
    """Commits, machine and time of each figure, so that nobody takes different runs for one."""
    runs: dict[tuple[str, str, float], list[str]] = {}
    for (part, rung), result in sorted(found.items()):
        key = (str(result["at"])[:10], str(result["machine"]["commit"])[:7], float(result["seconds_each"]))
        runs.setdefault(key, []).append(f"{part} {rung}")
    said = "; ".join(
        f"{', '.join(names)}: {day}, commit {commit}, {seconds:g} s a figure"
        for (day, commit, seconds), names in sorted(runs.items())
    )
    machines = sorted({f"{r['machine']['cpu']}, {r['machine']['cores']} cores" for r in found.values()})
    return f"✓ and ✗: goal reached or not. Measured on {'; '.join(machines)}. {said}."
