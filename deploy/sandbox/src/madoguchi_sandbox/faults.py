"""Faults on demand: each armed fault strikes `count` times, in the order they were armed."""

from collections.abc import Collection
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field


class Fault(BaseModel):
    """What goes wrong, how often, and how long it takes where time matters."""

    model_config = ConfigDict(extra="forbid")

    kind: str
    count: int = Field(default=1, ge=1, le=1000)
    seconds: float = Field(default=3.0, ge=0, le=600)


@dataclass(slots=True)
class Faults:
    """The faults armed at one peer. Not kept over a restart: a fresh start is a healthy one."""

    known: Collection[str]
    armed: list[Fault] = field(default_factory=list)
    struck: dict[str, int] = field(default_factory=dict)

    def arm(self, fault: Fault) -> None:
        """Let it strike from now on. Raises `ValueError` for a kind this peer doesn't know."""
        if fault.kind not in self.known:
            raise ValueError(f"unknown fault; known here: {', '.join(sorted(self.known))}")
        self.armed.append(fault.model_copy())

    def strike(self, *kinds: str) -> Fault | None:
        """The next armed fault of these kinds, used up once; None when all is well."""
        for fault in self.armed:
            if fault.kind in kinds:
                fault.count -= 1
                if fault.count == 0:
                    self.armed.remove(fault)
                self.struck[fault.kind] = self.struck.get(fault.kind, 0) + 1
                return fault
        return None

    def clear(self) -> None:
        """Disarm everything."""
        self.armed.clear()
