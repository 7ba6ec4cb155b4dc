"""`python -m bench`: measure, print the tables, write the results. `make bench` calls it."""

import asyncio
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bench import parts
from bench.figures import Context, Figure
from bench.machine import cores
from bench.table import document, table, write
from machine import machine
from madoguchi.service.clock import utc_now
from madoguchi_sandbox.launcher.plan import Rung

console = Console(highlight=False, width=None if sys.stdout.isatty() else 150)
QUICK_SECONDS = 3.0
QUICK_SIZES = (200, 500)
SIZES = {
    Rung.EMBEDDED: (10_000, 100_000, 1_000_000),
    # A million would not fit into the 2 GB that the little server of this rung is given: its indexes lie there.
    Rung.NATIVE: (10_000, 100_000),
}
QUICK_REQUESTS = 500
REQUESTS = {Rung.EMBEDDED: 100_000, Rung.NATIVE: 20_000}


def run(
    *,
    rung: Annotated[Rung, typer.Option(help="On what the services run.")] = Rung.EMBEDDED,
    chosen: Annotated[str, typer.Option("--parts", help=f"Which of: {' '.join(parts.ALL)}. Default: all.")] = "",
    seconds: Annotated[float, typer.Option(min=1, help="How long each measurement goes on.")] = 60.0,
    quick: Annotated[bool, typer.Option(help="A few seconds of everything, to see that it runs.")] = False,
    sizes: Annotated[str, typer.Option(help="Stored requests for growth, fewest first. Default: as many as fit.")] = "",
    first_port: Annotated[int, typer.Option(help="Ports are looked for from here on.")] = 21_000,
    folder: Annotated[Path | None, typer.Option(help="Where the systems live; default: the system's own.")] = None,
) -> None:
    """Print a table for each part, and write it to tests/bench/results (not with --quick)."""
    names = chosen.split() or list(parts.ALL)
    if unknown := set(names) - set(parts.ALL):
        raise typer.BadParameter(f"no such part: {', '.join(sorted(unknown))}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # what was started is stopped
    where = machine()
    for name in names:
        made = Path(tempfile.mkdtemp(prefix="madoguchi-bench-", dir=folder))
        try:
            context = Context(
                rung=rung,
                seconds=QUICK_SECONDS if quick else seconds,
                folder=made,
                cores=cores(),
                first_port=first_port,
                sizes=tuple(map(int, sizes.split())) or (QUICK_SIZES if quick else SIZES[rung]),
                requests=QUICK_REQUESTS if quick else REQUESTS[rung],
            )
            figures = asyncio.run(_measured(name, context))
        finally:
            shutil.rmtree(made)
        console.print(table(name, figures, rung))
        for note in _notes(figure.note for figure in figures):
            console.print(f"  [dim]{note}[/]")
        if not quick:
            content = document(name, figures, rung, seconds=seconds, at=utc_now(), where=where)
            console.print(f"[dim]{write(content)}[/]")


async def _measured(name: str, context: Context) -> list[Figure]:
    return await parts.ALL[name](context)


def _notes(notes: Iterable[str]) -> list[str]:
    return [note for note in dict.fromkeys(notes) if note]


if __name__ == "__main__":
    typer.run(run)
