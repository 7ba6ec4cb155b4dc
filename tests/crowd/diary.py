"""What the residents did and saw, one JSON line each, as it happened: what an auditor compares the town's word with."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Diary:
    """An append-only file of JSON lines; each is with the system when `write` returns."""

    file: TextIO
    clock: Callable[[], datetime] = now

    @classmethod
    def at(cls, path: Path) -> "Diary":
        """A new one."""
        path.parent.mkdir(parents=True, exist_ok=True)
        return cls(path.open("a", encoding="utf-8", buffering=1))

    def write(self, kind: str, *, at: datetime | None = None, **facts: Any) -> None:
        """One line, of now or of `at`."""
        line = {"at": (at or self.clock()).isoformat(), "kind": kind, **facts}
        self.file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def close(self) -> None:
        """No more lines."""
        self.file.close()
