"""The `madoguchi` command."""

import json

import typer
import yaml

from madoguchi.cli import backup, dead_letters, keys, topics, towns

app = typer.Typer(help="Madoguchi: what operators do by hand.", no_args_is_help=True, pretty_exceptions_enable=False)
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(topics.app, name="topics")
app.add_typer(towns.app, name="towns")
app.add_typer(keys.app, name="keys")
app.command("backup")(backup.back_up)
app.command()(backup.restore)


@app.command()
def asyncapi(as_json: bool = typer.Option(False, "--json", help="JSON instead of YAML.")) -> None:
    """Print the AsyncAPI document of all events."""
    from madoguchi.contracts.asyncapi import document  # noqa: PLC0415 - the other commands start without it

    if as_json:
        typer.echo(json.dumps(document(), ensure_ascii=False, indent=2))
    else:
        typer.echo(yaml.safe_dump(document(), allow_unicode=True, sort_keys=False, width=120), nl=False)
