"""`madoguchi-sandbox`: the outside world for trying the counter. Each command imports what it needs when it runs."""

from pathlib import Path
from typing import Annotated

import typer

from madoguchi_sandbox.launcher.plan import SANDBOX, Layout

app = typer.Typer(help="The outside world, played by us. Nothing here is real.", no_args_is_help=True)

Folder = Annotated[Path, typer.Option("--dir", help="Run-time folder.", file_okay=False)]


@app.callback()
def main() -> None:
    """Keeps commands as subcommands while there is only one."""


@app.command()
def init(
    folder: Folder = Path(".madoguchi"),
    base_url: Annotated[str, typer.Option(help="Where the sandbox answers. Default: its port on this machine.")] = "",
) -> None:
    """Make what the sandbox town needs to run: secrets, keys, certificates, cards, register. Safe to repeat."""
    from madoguchi.service.clock import utc_now  # noqa: PLC0415
    from madoguchi_sandbox.init import initialise  # noqa: PLC0415

    url = base_url.rstrip("/") or Layout(folder).url(SANDBOX)
    places = initialise(folder.resolve(), url, utc_now())
    typer.echo(f"Town {places.code}: policy {places.town}, secrets {places.secrets}")
