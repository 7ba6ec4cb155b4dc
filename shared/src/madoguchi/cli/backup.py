"""`madoguchi backup` and `madoguchi restore`: every database of the system. Keys and policies are files: the runbook
(`deploy/README.md`) says what becomes of them."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from madoguchi.cli.stores import StoreSettings, run, settings
from madoguchi.service.clock import utc_now
from madoguchi.vault import backup as b
from madoguchi.vault import erasures


def back_up(
    folder: Annotated[Path, typer.Argument(help="Where backups are kept; each gets a folder named by its time.")],
    keep_days: Annotated[
        int, typer.Option(help="Remove backups that are older, once the new one is there. 0: keep all.", min=0)
    ] = 0,
) -> None:
    """Back up every database while the system runs. Prints the folder of the backup."""
    where, now = settings(StoreSettings), utc_now()
    typer.echo(run(b.back_up(where.mongodb_uri, where.vault_uri, folder, now)))
    if keep_days:
        for path in b.prune(folder, now - timedelta(days=keep_days)):
            typer.echo(f"removed {path}")


def restore(
    folder: Annotated[Path, typer.Argument(help="The folder of one backup.", exists=True)],
    again: Annotated[bool, typer.Option("--again", help="An earlier try was broken off; go on.")] = False,
) -> None:
    """Restore into empty databases. Nothing may run on them. Erasures in the journal are carried out on the way."""
    counts = run(_restored(settings(StoreSettings), folder, again=again))
    for place, count in sorted(counts.items()):
        typer.echo(f"{place}: {count}")


async def _restored(where: StoreSettings, folder: Path, *, again: bool) -> dict[str, int]:
    async with erasures.opened(where.erasure_journal_uri) as journal:
        return await b.restore(folder, where.mongodb_uri, where.vault_uri, journal, again=again)
