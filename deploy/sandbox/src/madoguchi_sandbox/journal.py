"""What happened in the outside world, as JSON lines in `.madoguchi/sandbox/`; read again after a restart.

An auditor reads the same files: `line.jsonl`, `books.jsonl`, `mail.jsonl`. They hold personal data of synthetic people.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from madoguchi.service.clock import Clock, utc_now

Record = dict[str, Any]
"""One line: `at` (ISO 8601, UTC), `kind`, and what belongs to that kind."""


class Journal:
    """An append-only file. What `append` returned has left this process, so a kill can't lose it."""

    def __init__(self, path: Path, clock: Clock = utc_now) -> None:
        self._path = path
        self._clock = clock
        path.parent.mkdir(parents=True, exist_ok=True)

    def append(self, kind: str, **facts: Any) -> Record:
        """Write one line and return it."""
        record: Record = {"at": self._clock().isoformat(), "kind": kind, **facts}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
        return record

    def __iter__(self) -> Iterator[Record]:
        """Every line so far, oldest first. A last line cut short by a kill is passed over."""
        if not self._path.exists():
            return
        with self._path.open(encoding="utf-8") as file:
            for line in file:
                if line.endswith("\n"):
                    yield json.loads(line)


def moment(record: Record) -> datetime:
    """When a record was written."""
    return datetime.fromisoformat(record["at"])
