"""`madoguchi-sandbox`: the outside world for trying the counter. Each command imports what it needs when it runs."""

from pathlib import Path
from typing import Annotated

import typer

from madoguchi_sandbox.launcher.plan import BROKER, DEFAULT_BASE_PORT, SANDBOX, Layout, Rung

app = typer.Typer(help="The outside world, played by us. Nothing here is real.", no_args_is_help=True)

Folder = Annotated[Path, typer.Option("--dir", help="Run-time folder.", file_okay=False)]


BasePort = Annotated[int, typer.Option(help="Ports are counted from here; `make up PORT_BASE=9400` moves them all.")]
OnRung = Annotated[Rung, typer.Option(help="On what the services run.")]


@app.callback()
def main() -> None:
    """Keeps commands as subcommands while there is only one."""


@app.command()
def init(
    folder: Folder = Path(".madoguchi"),
    base_url: Annotated[str, typer.Option(help="Where the sandbox answers. Default: its port on this machine.")] = "",
) -> None:
    """Make what the sandbox town needs to run: secrets, keys, certificates, cards, register. Safe to repeat."""
    from madoguchi.service.clock import utc_now
    from madoguchi_sandbox.init import initialise

    url = base_url.rstrip("/") or Layout(folder).url(SANDBOX)
    places = initialise(folder.resolve(), url, utc_now())
    typer.echo(f"Town {places.code}: policy {places.town}, secrets {places.secrets}")


@app.command()
def serve(
    folder: Folder = Path(".madoguchi"),
    port: Annotated[int, typer.Option(help="HTTP port of the outside world.")] = Layout(Path()).port(SANDBOX),
    smtp_port: Annotated[int, typer.Option(help="Port of the mail server.")] = Layout(Path()).port("smtp"),
    *,
    intake_url: Annotated[str, typer.Option(help="Where webhooks go.")] = Layout(Path()).url("request-intake"),
    issuance_url: Annotated[str, typer.Option(help="Where certificates are checked.")] = Layout(Path()).url("issuance"),
    console_url: Annotated[str, typer.Option(help="Where staff work.")] = Layout(Path()).url("console"),
) -> None:
    """Play the outside world: chat platform, payment provider, cards, time stamps, mail, and a phone to try them."""
    from madoguchi_sandbox.serving import run

    addresses = {"intake_url": intake_url, "issuance_url": issuance_url, "console_url": console_url}
    stripped = {name: url.rstrip("/") for name, url in addresses.items()}
    run(folder.resolve(), port=port, smtp_port=smtp_port, **stripped)


@app.command()
def broker(
    port: Annotated[int, typer.Option(help="TCP port that clients connect to.")] = Layout(Path()).port(BROKER),
    host: Annotated[str, typer.Option(help="Address to listen on, and to tell clients.")] = "127.0.0.1",
) -> None:
    """A Kafka broker without Java: in memory, for one machine. It starts again, empty, when its child is killed."""
    import asyncio

    from madoguchi.telemetry import logs
    from madoguchi_sandbox.broker.front import serve as serve_broker

    logs.configure("broker")
    asyncio.run(serve_broker(host, port))


@app.command()
def up(
    folder: Folder = Path(".madoguchi"), base_port: BasePort = DEFAULT_BASE_PORT, rung: OnRung = Rung.EMBEDDED
) -> None:
    """Start broker, sandbox and the four services, and leave them running."""
    _run("up", folder, base_port, rung)


@app.command()
def down(folder: Folder = Path(".madoguchi"), base_port: BasePort = DEFAULT_BASE_PORT) -> None:
    """Stop what `up` started."""
    _run("down", folder, base_port)


@app.command()
def logs(folder: Folder = Path(".madoguchi"), base_port: BasePort = DEFAULT_BASE_PORT) -> None:
    """Follow the logs of what `up` started."""
    _run("logs", folder, base_port)


@app.command()
def demo(
    folder: Folder = Path(".madoguchi"), base_port: BasePort = DEFAULT_BASE_PORT, rung: OnRung = Rung.EMBEDDED
) -> None:
    """Play the main job for real and write its results to `<dir>/demo`."""
    _run("demo", folder, base_port, rung)


@app.command()
def jars() -> None:
    """Print the folder with the jars of the native rung; fetch them if they are not there."""
    from madoguchi_sandbox.launcher import native

    try:
        typer.echo(native.libraries())
    except native.NoServers as error:
        typer.echo(error, err=True)
        raise typer.Exit(1) from None


def _run(name: str, folder: Path, base_port: int, *more: Rung) -> None:
    from madoguchi_sandbox.launcher import commands
    from madoguchi_sandbox.launcher.stack import LaunchError

    try:
        getattr(commands, name)(folder.resolve(), base_port, *more)
    except LaunchError as error:
        commands.console.print(f"[red]✗[/] {error}")
        raise typer.Exit(1) from None
