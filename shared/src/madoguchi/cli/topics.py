"""`madoguchi topics`: making the topics of a new cluster."""

import sys
from typing import Annotated

import typer

from madoguchi.bus import topics as t
from madoguchi.cli.broker import connection, run

app = typer.Typer(help="The topics that the services use.", no_args_is_help=True)


@app.callback()
def main() -> None:
    """Keeps `create` a subcommand."""


@app.command()
def create(
    partitions: Annotated[
        int, typer.Option(help="Of each topic but the dead-letter ones.", min=1, envvar="TOPIC_PARTITIONS")
    ] = 6,
    replicas: Annotated[int, typer.Option(help="Copies of each partition.", min=1, envvar="TOPIC_REPLICAS")] = 1,
    min_in_sync: Annotated[
        int, typer.Option(help="Copies that must have a message before it counts.", min=1, envvar="TOPIC_MIN_IN_SYNC")
    ] = 1,
    retention_days: Annotated[
        int, typer.Option(help="How long messages are kept.", min=1, envvar="TOPIC_RETENTION_DAYS")
    ] = 7,
    dead_letter_days: Annotated[
        int, typer.Option(help="How long dead letters are kept.", min=1, envvar="DEAD_LETTER_DAYS")
    ] = 30,
) -> None:
    """Create the topics that are missing; those that exist stay as they are."""
    sizes = t.Sizes(partitions, replicas, min_in_sync, retention_days * t.DAY, dead_letter_days * t.DAY)
    try:
        made = run(t.create(connection(), t.wanted(sizes)))
    except t.TopicsNotCreated as error:
        sys.stderr.write(f"Not created: {error}\n")
        raise typer.Exit(1) from None
    typer.echo("\n".join(f"created {name}" for name in made) or "All topics are there.")
