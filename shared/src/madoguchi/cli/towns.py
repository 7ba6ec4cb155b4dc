"""`madoguchi towns`: the towns' policy files."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from madoguchi.policy.generations import changing
from madoguchi.policy.load import PolicyError, load_town
from madoguchi.policy.models import Municipality

app = typer.Typer(help="The towns' policy files.", no_args_is_help=True)


@app.command()
def check(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders of files.", exists=True)],
) -> None:
    """Check policy files; errors name file, key, and what is allowed."""
    files = [file for path in paths for file in (sorted(path.glob("*.yaml")) if path.is_dir() else [path])]
    if not files:
        sys.stderr.write("There is no municipality file (<code>.yaml) here.\n")
        raise typer.Exit(1)
    wrong = 0
    for file in files:
        try:
            town = load_town(file)
        except PolicyError as error:
            sys.stderr.write(f"{error}\n")
            wrong += 1
        else:
            typer.echo(f"{file}: good ({town.code})")
            for name, count in changing(town).items():
                typer.echo(f"  {name}: {count} generations; the first makes what is new, every one is accepted")
    if wrong:
        raise typer.Exit(1)


@app.command()
def schema() -> None:
    """Print the JSON Schema of a policy file, for editors."""
    typer.echo(json.dumps(Municipality.model_json_schema(), ensure_ascii=False, indent=2))
