"""`madoguchi-sandbox`: the outside world for trying the counter. Each command imports what it needs when it runs."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, ParamSpec

import typer

from madoguchi_sandbox.launcher.plan import BROKER, DEFAULT_BASE_PORT, SANDBOX, Layout, Rung

app = typer.Typer(help="The outside world, played by us. Nothing here is real.", no_args_is_help=True)

P = ParamSpec("P")
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
    public_url: Annotated[str, typer.Option(help="Where it answers a browser, when that is another address.")] = "",
    town: Annotated[Path | None, typer.Option(help="The town's file, when not the repository's.")] = None,
) -> None:
    """Make what the sandbox town needs to run: secrets, keys, certificates, cards, register. Safe to repeat."""
    from madoguchi.service.clock import utc_now
    from madoguchi_sandbox.init import TOWN_FILE, initialise

    url = base_url.rstrip("/") or Layout(folder).url(SANDBOX)
    places = initialise(folder.resolve(), url, utc_now(), town or TOWN_FILE, public_url.rstrip("/") or None)
    typer.echo(f"Town {places.code}: policy {places.town}, secrets {places.secrets}")


@app.command()
def serve(
    folder: Folder = Path(".madoguchi"),
    *,
    port: Annotated[int, typer.Option(help="HTTP port of the outside world.")] = Layout(Path()).port(SANDBOX),
    smtp_port: Annotated[int, typer.Option(help="Port of the mail server.")] = Layout(Path()).port("smtp"),
    intake_url: Annotated[str, typer.Option(help="Where webhooks go.")] = Layout(Path()).url("request-intake"),
    issuance_url: Annotated[str, typer.Option(help="Where certificates are checked.")] = Layout(Path()).url("issuance"),
    console_url: Annotated[str, typer.Option(help="Where staff work.")] = Layout(Path()).url("console"),
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    public_url: Annotated[str, typer.Option(help="Where a browser finds it. Default: its port on this machine.")] = "",
    intake_inside: Annotated[str, typer.Option(help="Where --intake-url is reached from here, if elsewhere.")] = "",
) -> None:
    """Play the outside world: chat platform, payment provider, cards, time stamps, mail, and a phone to try them."""
    from madoguchi_sandbox.app import Settings
    from madoguchi_sandbox.calling import direct, instead
    from madoguchi_sandbox.serving import run

    intake, issuance = intake_url.rstrip("/"), issuance_url.rstrip("/")
    calls = instead(intake, intake_inside.rstrip("/")) if intake_inside else direct
    settings = Settings(
        folder=folder.resolve(),
        url=public_url.rstrip("/") or f"http://127.0.0.1:{port}",
        intake_url=intake,
        smtp_port=smtp_port,
        issuance_url=issuance,
        console_url=console_url.rstrip("/"),
        smtp_host=host,
        calls=calls,
    )
    run(host, port, settings)


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
def play(
    sandbox_url: Annotated[str, typer.Option(help="Where the sandbox answers.")] = Layout(Path()).url(SANDBOX),
    trust: Annotated[Path, typer.Option(help="Folder with the town's chains and revocation lists.")] = Path(),
    to: Annotated[Path, typer.Option(help="Folder for the results.")] = Path(".madoguchi/demo"),
) -> None:
    """Play the main job on a system that runs elsewhere: in containers, in a cluster."""
    from madoguchi_sandbox.launcher import commands

    _stopping_with_a_word(commands.play, sandbox_url.rstrip("/"), trust, to)


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

    _stopping_with_a_word(getattr(commands, name), folder.resolve(), base_port, *more)


def _stopping_with_a_word(command: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
    from madoguchi_sandbox.launcher.commands import console
    from madoguchi_sandbox.launcher.stack import LaunchError

    try:
        command(*args, **kwargs)
    except LaunchError as error:
        console.print(f"[red]✗[/] {error}")
        raise typer.Exit(1) from None
