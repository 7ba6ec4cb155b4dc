"""`madoguchi keys`: what is to be done when a town's keys change."""

import sys
from typing import Annotated

import typer

from madoguchi.cli.stores import KeySettings, run, settings
from madoguchi.policy.load import load_towns
from madoguchi.store.open import connected
from madoguchi.vault.keys import TownKeys
from madoguchi.vault.open import DATABASE
from madoguchi.vault.rewrap import Rewrapped, rewrap
from madoguchi.web.api_keys import make_key

app = typer.Typer(help="The towns' keys.", no_args_is_help=True)

MOST_ROUNDS = 20
"""What other processes changed at the same moment is taken up by the next round."""


@app.command("rewrap")
def rewrap_(
    only_look: Annotated[bool, typer.Option("--check", help="Change nothing; only say how much is left.")] = False,
) -> None:
    """Wrap every data key, and authenticate every access chain, by the newest keys. Services may go on; safe to repeat.

    Ends with 1 unless nothing is left under an older key: only then may that key go.
    """
    found = run(_rewrapped(settings(KeySettings), only_look=only_look))
    for name, tally in found.items():
        typer.echo(f"{name}: {tally.done} changed, {tally.good} were good, {tally.left} left under an older key")
        for subject in tally.broken:
            sys.stderr.write(f"{name}/{subject}: no key at hand fits, or it is not as the vault left it\n")
    if not all(tally.finished for tally in found.values()):
        raise typer.Exit(1)


@app.command("new-api-key")
def new_api_key(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="Names the key, e.g. city-app-2026-11.")],
    channel: Annotated[str, typer.Argument(help="Whose it is. Keys of one channel stand for each other.")],
    test: Annotated[bool, typer.Option("--test", help="For a sandbox town only.")] = False,
) -> None:
    """Make an API key: the key for the channel on the first line, once; the entry for `api-keys.json` on the second."""
    key, stored = make_key(identifier, channel, live=not test)
    typer.echo(key)
    typer.echo(stored.model_dump_json())


async def _rewrapped(where: KeySettings, *, only_look: bool) -> dict[str, Rewrapped]:
    keys = TownKeys.from_towns(load_towns(where.towns_dir), where.secrets_dir)
    async with connected(where.vault_uri, DATABASE) as documents:
        done: dict[str, int] = {}
        for _ in range(MOST_ROUNDS):
            found = await rewrap(documents, keys, only_look=only_look)
            done = {name: done.get(name, 0) + tally.done for name, tally in found.items()}
            if only_look or not any(tally.left for tally in found.values()):
                break
    for name, tally in found.items():
        tally.good -= done[name] - tally.done
        tally.done = done[name]
    return found
