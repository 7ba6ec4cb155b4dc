"""A figure: what was measured, beside the raw baseline of the same run, and what was hoped for. Pure."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from bench.machine import Cores
from madoguchi_sandbox.launcher.plan import Rung

Of = Literal["value", "ratio"]


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound on the value, or on its ratio to the baseline. `only`: the rung it is meant for."""

    bound: float
    most: bool
    """True: the bound is the most it may be; False: the least."""
    of: Of = "value"
    only: Rung | None = None

    def met(self, value: float, ratio: float | None) -> bool | None:
        """Whether it is reached; None when there is no ratio to judge."""
        judged = ratio if self.of == "ratio" else value
        if judged is None:
            return None
        return judged <= self.bound if self.most else judged >= self.bound

    def __str__(self) -> str:
        sign = "≤" if self.most else "≥"
        return f"{sign} {self.bound:g}{' ×' if self.of == 'ratio' else ''}"


def at_least(bound: float, of: Of = "value") -> Goal:
    """The bound or more."""
    return Goal(bound, most=False, of=of)


def at_most(bound: float, of: Of = "value", only: Rung | None = None) -> Goal:
    """The bound or less."""
    return Goal(bound, most=True, of=of, only=only)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `ratio` is value / baseline, both measured in this run."""

    name: str
    """Says on how many cores, where it matters."""
    value: float
    unit: str
    baseline: float | None = None
    against: str = ""
    """What the baseline does."""
    goal: Goal | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Value over baseline."""
        return self.value / self.baseline if self.baseline else None

    def reached(self, rung: Rung) -> bool | None:
        """None without a goal on this rung."""
        if self.goal is None or self.goal.only not in (None, rung):
            return None
        return self.goal.met(self.value, self.ratio)

    def document(self, rung: Rung) -> dict[str, Any]:
        """As JSON values."""
        return {
            "name": self.name,
            "value": round(self.value, 4),
            "unit": self.unit,
            "baseline": None if self.baseline is None else round(self.baseline, 4),
            "against": self.against,
            "ratio": None if self.ratio is None else round(self.ratio, 4),
            "goal": None if self.goal is None else str(self.goal),
            "reached": self.reached(rung),
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Context:
    """What a part is told."""

    rung: Rung
    seconds: float
    """How long each measurement goes on."""
    folder: Path
    """Empty; removed afterwards."""
    cores: Cores
    first_port: int
    sizes: tuple[int, ...]
    """How many stored requests the growth part tries."""
    requests: int
    """How many requests the memory part sends."""


Part = Callable[[Context], Awaitable[list[Figure]]]
