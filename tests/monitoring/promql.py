"""Just enough of PromQL to take an alert's expression apart. Pure."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy" / "prometheus" / "rules.yaml"
DASHBOARDS = ROOT / "deploy" / "grafana" / "dashboards"

_SETS: Final = re.compile(r"\s(?:and|or)\s")
_COMPARISON: Final = re.compile(r"\s(?:==|!=|>=|<=|>|<)\s")
_PAIRS: Final = {"(": ")", "[": "]", "{": "}"}
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_METRIC: Final = re.compile(
    r"\b(?:madoguchi|http_server|kafka|kubelet_volume|node_filesystem|messaging|process|db_client)_[a-z0-9_]+\b"
    r"|\b[a-z_]+:[a-z_]+:[a-z0-9_]+\b"
    r"|\bup\b"
)


def rules() -> list[dict[str, Any]]:
    """Every rule of the file, in order."""
    return [rule for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"] for rule in group["rules"]]


def alerts() -> dict[str, dict[str, Any]]:
    """Alerts by name."""
    return {rule["alert"]: rule for rule in rules() if "alert" in rule}


def inputs(expr: str) -> list[str]:
    """What an alert compares: its operands between `and` and `or`, each without the comparison and what it is
    compared with."""
    bare = expr.strip()
    if bare.startswith("(") and _closing(bare, 0) == len(bare) - 1:
        return inputs(bare[1:-1])
    parts = _split(bare, _SETS)
    if len(parts) > 1:
        return [found for part in parts for found in inputs(part)]
    return [_split(bare, _COMPARISON)[0].strip()]


def metrics(expr: str) -> set[str]:
    """The metrics that an expression names."""
    return set(_METRIC.findall(_STRING.sub('""', expr)))


def panels() -> Iterator[tuple[str, dict[str, Any]]]:
    """Title of the dashboard, and each panel with queries, as committed."""
    for path in sorted(DASHBOARDS.glob("*.json")):
        board = json.loads(path.read_text("utf-8"))
        yield from ((board["title"], panel) for panel in board["panels"] if panel["type"] != "row")


def filled(expr: str, variables: Mapping[str, str]) -> str:
    """A panel's expression as Grafana would send it."""
    for name, value in variables.items():
        expr = expr.replace(f"${name}", value)
    return expr


def _split(expr: str, at: re.Pattern[str]) -> list[str]:
    """Apart at matches that lie in no bracket and no string."""
    inside = [False] * len(expr)
    for match in _STRING.finditer(expr):
        inside[match.start() : match.end()] = [True] * (match.end() - match.start())
    position = 0
    while position < len(expr):
        if expr[position] in _PAIRS and not inside[position]:
            end = _closing(expr, position)
            inside[position : end + 1] = [True] * (end + 1 - position)
            position = end
        position += 1
    parts, start = [], 0
    for match in at.finditer(expr):
        if not inside[match.start() + 1]:
            parts.append(expr[start : match.start()])
            start = match.end()
    return [*parts, expr[start:]]


def _closing(expr: str, opening: int) -> int:
    """Where the bracket at `opening` is closed."""
    closing, depth, quoted = _PAIRS[expr[opening]], 0, False
    for position in range(opening, len(expr)):
        quoted ^= expr[position] == '"' and expr[position - 1] != "\\"
        depth += 0 if quoted else (expr[position] == expr[opening]) - (expr[position] == closing)
        if depth == 0:
            return position
    raise ValueError(f"a bracket is not closed: {expr}")
