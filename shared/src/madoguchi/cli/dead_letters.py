"""`madoguchi dead-letters`: what services could not process. Contents are never shown in clear."""

import json
import re
import sys
from typing import Annotated, NoReturn

import typer

from madoguchi.bus import dead_letters
from madoguchi.bus.connection import Connection
from madoguchi.bus.producer import Producer
from madoguchi.cli.broker import connection, run
from madoguchi.contracts.flow import ALL_SERVICES
from madoguchi.service.clock import utc_now

app = typer.Typer(help="Messages that a service could not process.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it: <service>:<partition>:<offset>.")]


@app.command("list")
def list_(
    service: Annotated[str, typer.Option(help=f"Only of this service: {', '.join(ALL_SERVICES)}.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Those already replayed or discarded, too.")] = False,
) -> None:
    """List dead letters, one line each: id, error, attempts, event type, request id."""
    if service and service not in ALL_SERVICES:
        _stop(f"There is no service {service}; there are {', '.join(ALL_SERVICES)}.")
    letters = run(dead_letters.listed(connection(), [service] if service else ALL_SERVICES))
    for letter in letters:
        if everything or letter.waiting:
            state = " (replayed)" if letter.replayed else "" if letter.waiting else f" (discarded: {letter.discarded})"
            kind = letter.type or "not an event"
            typer.echo(f"{letter.id}\t{letter.error}\t{letter.attempts}\t{kind}\t{letter.request_id}{state}")


@app.command()
def show(letter_id: Id) -> None:
    """Show one dead letter as JSON; sealed content stays sealed and is left out."""
    typer.echo(json.dumps(dead_letters.shown(_found(letter_id)), ensure_ascii=False, indent=2))


@app.command()
def replay(
    letter_id: Id,
    really: Annotated[bool, typer.Option("--really", help="Do it. Without this, only say what would happen.")] = False,
) -> None:
    """Let its service try a dead letter again. Once: what fails again becomes a new dead letter."""
    letter = _waiting(letter_id)
    if not letter.readable:
        sys.stderr.write(f"{letter_id} is not one of our events ({letter.error}): it will fail again as it is.\n")
    if not really:
        typer.echo(f"Would send {letter_id} to {letter.service} again. Add --really to do it.")
        return
    run(_replay(connection(), letter_id))
    typer.echo(f"Sent {letter_id} to {letter.service} again.")


@app.command()
def discard(
    letter_id: Id,
    reason: Annotated[str, typer.Option(help="Why, as a code: letters, digits and _.")],
    really: Annotated[bool, typer.Option("--really", help="Do it. Without this, only say what would happen.")] = False,
) -> None:
    """Say that a dead letter needs no handling any more. It stays in its topic, and is listed with --all only."""
    if not re.fullmatch(r"[a-z0-9_]{1,40}", reason, re.ASCII):
        _stop("The reason is a code of lower-case letters, digits and _, 40 at most.")
    _waiting(letter_id)
    if not really:
        typer.echo(f"Would discard {letter_id}. Add --really to do it.")
        return
    run(_discard(connection(), letter_id, reason))
    typer.echo(f"Discarded {letter_id}.")


async def _replay(broker: Connection, letter_id: str) -> None:
    async with Producer(broker, "madoguchi-dead-letters") as producer:
        try:
            await dead_letters.replay(broker, producer, letter_id, utc_now)
        except dead_letters.AlreadySettled:
            _stop(f"{letter_id} was replayed or discarded just now.")


async def _discard(broker: Connection, letter_id: str, reason: str) -> None:
    async with Producer(broker, "madoguchi-dead-letters") as producer:
        try:
            await dead_letters.discard(broker, producer, letter_id, reason)
        except dead_letters.AlreadySettled:
            _stop(f"{letter_id} was replayed or discarded just now.")


def _waiting(letter_id: str) -> dead_letters.DeadLetter:
    letter = _found(letter_id)
    if not letter.waiting:
        _stop(f"{letter_id} was {'replayed' if letter.replayed else 'discarded'} before.")
    return letter


def _found(letter_id: str) -> dead_letters.DeadLetter:
    try:
        return run(dead_letters.found(connection(), letter_id))
    except dead_letters.NoSuchDeadLetter:
        _stop(f"There is no dead letter {letter_id}.")


def _stop(why: str) -> NoReturn:
    sys.stderr.write(why + "\n")
    raise typer.Exit(1)
