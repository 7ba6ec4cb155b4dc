"""`up`, `down`, `logs` and `demo`: what `make` calls."""

import asyncio
import os
import subprocess
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from madoguchi_sandbox.launcher.plan import SANDBOX, Layout, Rung
from madoguchi_sandbox.launcher.stack import LaunchError, Stack

MUNICIPALITY = "990019"
console = Console(highlight=False)


def layout_of(folder: Path, base_port: int, rung: Rung = Rung.EMBEDDED) -> Layout:
    """The folder must be absolute: processes run inside it."""
    if rung is not Rung.ELSEWHERE:
        return Layout(folder.resolve(), base_port, rung)
    kafka, mongodb = (os.environ.get(name, "") for name in ("KAFKA_BOOTSTRAP_SERVERS", "MONGODB_URI"))
    if not (kafka and mongodb):
        raise LaunchError("Where are the servers? Set KAFKA_BOOTSTRAP_SERVERS and MONGODB_URI.")
    return Layout(folder.resolve(), base_port, rung, kafka, mongodb)


def prepare(layout: Layout) -> None:
    """Make secrets, cards, register and the town's file, unless they are there."""
    from madoguchi.service.clock import utc_now
    from madoguchi_sandbox.init import initialise

    started = time.monotonic()
    with console.status("Making the sandbox town: keys, certificates, test cards, 2,000 residents …"):
        initialise(layout.folder, layout.url(SANDBOX), utc_now())
    console.print(f"[green]✓[/] the sandbox town 見本市 is there [dim]({time.monotonic() - started:.1f} s)[/]")


def start(layout: Layout) -> Stack:
    """Start every process and wait until all are ready; on failure nothing is left running."""
    stack = Stack(layout)
    started = time.monotonic()
    try:
        with console.status(f"Starting {', '.join(layout.processes)} …"):
            stack.start_all()
    except BaseException:
        stack.stop_all()
        raise
    took = f"[dim]({time.monotonic() - started:.1f} s)[/]"
    console.print(f"[green]✓[/] {_SERVERS[layout.rung]}sandbox and all services run {took}")
    return stack


_SERVERS = {Rung.EMBEDDED: "broker, ", Rung.NATIVE: "Kafka, MongoDB-wire server, ", Rung.ELSEWHERE: ""}


def up(folder: Path, base_port: int, rung: Rung) -> None:
    """Start everything, print where to look, return; the processes go on."""
    layout = layout_of(folder, base_port, rung)
    running = Stack.running(layout)
    if running is None:
        prepare(layout)
        start(layout)
    else:
        layout = running.layout
        console.print("It runs already (`make down` stops it).")
    console.print(addresses(layout))


def addresses(layout: Layout) -> Table:
    """Where a person can look."""
    sandbox, intake, issuance = layout.url(SANDBOX), layout.url("request-intake"), layout.url("issuance")
    others = ", ".join(str(layout.port(name)) for name in ("identity", "issuance", "notify", "console"))
    table = Table(title="Where to look", title_justify="left", show_header=False)
    table.add_row("play the resident on a phone-like page", f"{sandbox}/phone")
    table.add_row("be the clerk", layout.url("console"))
    table.add_row("check a certificate (QR or file)", f"{issuance}/verify")
    table.add_row("the API for channel integrations", f"{intake}/docs")
    table.add_row("e-mail that was sent", f"{sandbox}/mail")
    table.add_row("everything the sandbox plays", f"{sandbox}/")
    table.add_row("health and metrics", f"{intake}/health/ready, {intake}/metrics (likewise {others})")
    table.add_row("logs", str(layout.logs))
    return table


def down(folder: Path, base_port: int) -> None:
    """Stop what runs."""
    running = Stack.running(layout_of(folder, base_port))
    if running is None:
        console.print("Nothing runs.")
        return
    running.stop_all()
    console.print("[green]✓[/] stopped")


def logs(folder: Path, base_port: int) -> None:
    """Follow the logs until interrupted."""
    files = sorted((folder / "logs").glob("*.log"))
    if not files:
        console.print("There are no logs yet: `make up` first.")
        return
    try:
        subprocess.run(["tail", "-n", "20", "-F", *map(str, files)], check=False)  # noqa: S603, S607 - our own files
    except KeyboardInterrupt:
        console.print()


def demo(folder: Path, base_port: int, rung: Rung) -> None:
    """Play the main job; on a system of its own unless one runs already."""
    layout = layout_of(folder, base_port, rung)
    running = Stack.running(layout)
    if running is not None:
        _play_on(running.layout)
        return
    prepare(layout)
    stack = start(layout)
    try:
        _play_on(layout)
    except Exception as error:
        raise LaunchError(f"The demo did not end well: {error!r}. The logs are in {layout.logs}.") from error
    finally:
        stack.stop_all()


def play(sandbox_url: str, trust: Path, target: Path) -> None:
    """Play the main job on a system that runs anywhere, found by its sandbox. Its results go to `target`; `trust` has
    the town's chains and revocation lists, which a validator of the certificate will want."""
    try:
        asyncio.run(_play(sandbox_url, trust, target))
    except Exception as error:
        raise LaunchError(f"The demo did not end well: {error!r}.") from error


def _play_on(layout: Layout) -> None:
    asyncio.run(_play(layout.url(SANDBOX), layout.folder / "secrets" / MUNICIPALITY, layout.folder / "demo"))


async def _play(sandbox_url: str, trust: Path, target: Path) -> None:
    from madoguchi_sandbox.demo.files import write
    from madoguchi_sandbox.demo.play import play
    from madoguchi_sandbox.demo.steps import Steps
    from madoguchi_sandbox.resident import arrives

    steps = Steps(console)
    async with arrives(sandbox_url, MUNICIPALITY, name="例野 花子", card="hanako-good") as resident:
        steps("greeted", "she adds the town as a friend: greeting and anti-phishing phrase")
        played = await play(resident, steps)
    report = write(target, trust, MUNICIPALITY, played, steps)
    console.print(steps.table())
    console.print(f"Certificate {report['certificate_number']}: {target / 'certificate.pdf'}")
    console.print(f"The chat as a page: {target / 'thread.html'}; the report: {target / 'report.json'}")
