"""The steps of the demo as they happen: printed, timed, and gathered for the report."""

import time
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table


@dataclass(slots=True)
class Steps:
    """A stop-watch that says what it measures."""

    console: Console
    started: float = field(default_factory=time.monotonic)
    done: list[tuple[str, str, float]] = field(default_factory=list)
    """(name, what was seen, seconds from the start)."""

    def __call__(self, name: str, seen: str) -> None:
        """A step is done: `name` for the report, `seen` for the reader."""
        at = time.monotonic() - self.started
        last = self.done[-1][2] if self.done else 0.0
        self.done.append((name, seen, at))
        self.console.print(f"[green]✓[/] {seen} [dim](+{at - last:.2f} s)[/]")

    def table(self) -> Table:
        """Every step with the time from the last and from the start."""
        table = Table(title="The thread, step by step", title_justify="left")
        table.add_column("step")
        table.add_column("from the last", justify="right")
        table.add_column("from the start", justify="right")
        last = 0.0
        for _, seen, at in self.done:
            table.add_row(seen, f"{at - last:.2f} s", f"{at:.2f} s")
            last = at
        return table

    def report(self) -> list[dict[str, object]]:
        """For `report.json`: `ms` from the last step."""
        times = [0.0, *(at for _, _, at in self.done)]
        pairs = zip(self.done, times, strict=False)
        return [{"name": name, "ms": round((at - before) * 1000)} for (name, _, at), before in pairs]
