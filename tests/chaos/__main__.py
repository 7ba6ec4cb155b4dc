"""`python -m chaos`: one run with faults, its report, and whether all is as promised."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from chaos.run import Orders, audited_again, run
from chaos.schedule import Wanted, planned
from chaos.strikes import OTHERS
from madoguchi_sandbox.launcher.plan import Rung
from madoguchi_sandbox.launcher.stack import LaunchError

INSTANCES = (1, 2)
console = Console(highlight=False)


def main(  # noqa: PLR0917 - options of a command line, all named
    rung: Annotated[Rung, typer.Option(help="embedded or native.")] = Rung.EMBEDDED,
    threads: Annotated[int, typer.Option(min=1, help="How many residents come.")] = 150,
    rate: Annotated[float, typer.Option(min=0.01, help="How many arrive a second.")] = 3.0,
    kills: Annotated[int, typer.Option(min=0, help="kill -9 of service instances.")] = 15,
    broker_restarts: Annotated[int, typer.Option(min=0)] = 2,
    store_restarts: Annotated[int, typer.Option(min=0)] = 2,
    others: Annotated[int, typer.Option(min=0, help="Of each other fault.")] = 1,
    outside: Annotated[int, typer.Option(min=0, help="Of each fault of the outside world.")] = 1,
    patience: Annotated[float, typer.Option(help="Seconds a resident waits for one thing.")] = 300.0,
    seed: Annotated[int, typer.Option(help="The same seed, the same residents and the same plan.")] = 1,
    folder: Annotated[Path, typer.Option("--dir", help="Run-time folder; emptied first.")] = Path(".madoguchi/chaos"),
    base_port: Annotated[int, typer.Option(help="Ports are counted from here.")] = 8600,
    again: Annotated[bool, typer.Option("--audit-again", help="Only audit what a run left in the folder.")] = False,
    out: Annotated[Path | None, typer.Option(help="Also write the report here.")] = None,
) -> None:
    """Play so many threads while everything goes wrong; ends with 1 when anything that must be 0 is not."""
    wanted = Wanted(kills, broker_restarts, store_restarts, others, outside)
    plan = planned(seed, threads / rate, wanted, INSTANCES, OTHERS[rung])
    orders = Orders(rung, threads, rate, plan, seed, folder.resolve(), base_port, INSTANCES, patience)
    try:
        report = asyncio.run((audited_again if again else run)(orders, console))
    except LaunchError as error:
        console.print(f"[red]✗[/] {error}")
        raise typer.Exit(2) from None
    text = json.dumps(report.as_json(), ensure_ascii=False, indent=2)
    console.print(text, soft_wrap=True)
    if out is not None:
        out.write_text(text + "\n", "utf-8")
    if report.bad:
        console.print(f"[red]✗[/] not 0: {', '.join(report.bad)}. The run's files are in {folder}.")
        raise typer.Exit(1)
    console.print("[green]✓[/] everything that must be 0 is 0")


if __name__ == "__main__":
    typer.run(main)
