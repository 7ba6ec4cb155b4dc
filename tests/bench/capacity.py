"""The capacity table of the runbook (`deploy/README.md`), computed from results of the benchmark. Pure.

Every number in it follows from measured ones and from the assumptions that it states.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from madoguchi.contracts.flow import SERVICES

BEGIN, END = "<!-- capacity:begin -->", "<!-- capacity:end -->"

PER_DAY: Final = (300, 3_000, 30_000, 150_000, 600_000)
"""Requests a day: a town, a large city, a prefecture, the country (55 million a year), four times that."""
BUSIEST_HOUR: Final = 0.2
"""Share of a day's requests that come in its busiest hour."""
UTILISATION: Final = 0.5
"""Share of a core that is planned for in that hour; the rest is for bursts, restarts and the loss of a node."""
LEAST_REPLICAS: Final = 2
PARTITIONS: Final = (6, 12, 24, 48, 96, 192)

_COST: Final = "processor time of a thread: "
_STORED: Final = "one request: bytes stored, "
_TOPICS: Final = "one request: bytes on the topics"


class NoFigures(Exception):
    """The results say too little; the message names what is missing."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What one request costs, as measured. `milliseconds`: processor time by service."""

    milliseconds: Mapping[str, float]
    stored_bytes: float
    topic_bytes: float
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Need:
    """What so many requests a day need. `replicas` of one core each, by service."""

    per_day: int
    per_second: float
    replicas: Mapping[str, int]
    partitions: int
    cores: int
    stored_gigabytes: float
    topic_gigabytes: float


def costs(results: Sequence[tuple[str, Mapping[str, Any]]]) -> Costs:
    """From result files (name, content); of several of a part the last counts, real servers before embedded ones.

    Raises `NoFigures`."""
    chosen = {part: _chosen(results, part) for part in ("whole", "footprint")}
    if missing := [part for part, found in chosen.items() if found is None]:
        raise NoFigures(f'no results of {" and ".join(missing)}: run `make bench PARTS="whole footprint"` first')
    (whole_name, whole), (size_name, size) = (found for found in chosen.values() if found is not None)
    spent = {name: whole.get(_COST + name) for name in SERVICES}
    if unmeasured := [name for name, value in spent.items() if value is None]:
        raise NoFigures(f"{whole_name} does not say what a thread costs in {', '.join(unmeasured)}")
    stored = sum(value for name, value in size.items() if name.startswith(_STORED))
    if not stored or _TOPICS not in size:
        raise NoFigures(f"{size_name} does not say how many bytes a request takes")
    milliseconds = {name: value for name, value in spent.items() if value is not None}
    return Costs(milliseconds, stored, size[_TOPICS], (whole_name, size_name))


def need(cost: Costs, per_day: int) -> Need:
    """The arithmetic: rate of the busiest hour × processor time ÷ utilisation, rounded up to whole replicas."""
    per_second = per_day * BUSIEST_HOUR / 3600
    cores = {name: per_second * spent / 1000 / UTILISATION for name, spent in cost.milliseconds.items()}
    replicas = {name: max(LEAST_REPLICAS, math.ceil(each)) for name, each in cores.items()}
    enough = (number for number in PARTITIONS if number >= 2 * max(replicas.values()))
    return Need(
        per_day,
        per_second,
        replicas,
        next(enough, 2 * max(replicas.values())),
        sum(replicas.values()),
        per_day * cost.stored_bytes / 1e9,
        per_day * cost.topic_bytes / 1e9,
    )


def table(cost: Costs) -> str:
    """The section between the markers, in Markdown."""
    names = list(cost.milliseconds)
    spent = ", ".join(f"{name} {value:.3g} ms" for name, value in cost.milliseconds.items())
    head = ["requests a day", "a second, busiest hour", *(f"{name}" for name in names), "cores", "partitions"]
    rows = [[*head, "stores, GB a day", "topics, GB a day"], ["---:"] * (len(head) + 2)]
    for per_day in PER_DAY:
        each = need(cost, per_day)
        rows.append(
            [
                f"{per_day:,}",
                f"{each.per_second:.3g}",
                *(str(each.replicas[name]) for name in names),
                str(each.cores),
                str(each.partitions),
                f"{each.stored_gigabytes:.3g}",
                f"{each.topic_gigabytes:.3g}",
            ]
        )
    sources = " and ".join(f"`{name}`" for name in cost.sources)
    lines = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return (
        f"Made by `make figures` from {sources}: a request costs {spent} of "
        f"processor time, {cost.stored_bytes:,.0f} bytes stored and {cost.topic_bytes:,.0f} bytes on the topics.\n"
        f"Assumed: {BUSIEST_HOUR:.0%} of a day's requests come in its busiest hour; cores are used to "
        f"{UTILISATION:.0%} then; a replica is one core; no service has fewer than {LEAST_REPLICAS}; partitions are at "
        "least twice the replicas. Copies of the stores and topics (three each, as a rule) come on top.\n\n" + lines
    )


def _chosen(results: Sequence[tuple[str, Mapping[str, Any]]], part: str) -> tuple[str, dict[str, float]] | None:
    found = [
        (content["rung"] != "embedded", content["at"], name, content)
        for name, content in results
        if content["part"] == part
    ]
    if not found:
        return None
    _, _, name, content = max(found, key=lambda each: each[:3])
    return name, {figure["name"]: figure["value"] for figure in content["figures"]}
