"""Backing up every database of the system while it runs, and restoring into an empty one.

There is no moment at which all databases are looked at together, and none is needed, if what refers to something is
read before what it refers to: everything that a document says is done is then found in what was read later. So the
counter comes first, its conversations before its requests; then those that tell, make and verify; the keys last, for
what is sealed must find its key. What a database does not know yet, the sweep of the counter drives again.
"""

import json
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from madoguchi.store import dump
from madoguchi.store.open import connected, sqlite_file
from madoguchi.store.port import Collection, Document, Documents
from madoguchi.vault import erasures
from madoguchi.vault.open import DATABASE
from madoguchi.vault.vault import DATA_KEYS

ORDER: Final[Mapping[str, tuple[str, ...]]] = {
    "console": (),
    "request-intake": ("conversations", "idempotent_answers", "requests"),
    "notify": ("recipients",),
    "issuance": ("cases", "ledger", "certificates"),
    "identity": ("cases", "nonces"),
    DATABASE: ("data_keys", "access_chains"),
}
"""Databases and their collections, in the order in which they are read; further collections come before those named."""

LEAP: Final = 1_000
"""Added to an aggregate's count of re-drives when it is restored. Others answer a re-drive only if its number is higher
than the last they answered, and those read later may have answered numbers that the counter did not know when it was
read."""

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
_UNFINISHED: Final = ".partial"


class BackupUnusable(Exception):
    """The backup, or the place to restore into, is not as it must be; the message says what is wrong."""


async def back_up(uri: str, vault_uri: str, folder: Path, now: datetime) -> Path:
    """Write a backup below `folder`, named by `now`. It has its name only once it is complete."""
    target = folder / now.strftime("%Y%m%dT%H%M%SZ")
    partial_ = target.with_suffix(_UNFINISHED)
    partial_.mkdir(mode=0o700, parents=True)
    parts: dict[str, Any] = {}
    for database, first in ORDER.items():
        async with _there(vault_uri if database == DATABASE else uri, database) as documents:
            if documents is None:
                continue
            for name in await _collections(documents, first):
                place = f"{database}/{name}"
                parts[place] = await dump.write(documents, Collection(name), _file(partial_, place))
    manifest = {"format": FORMAT, "began_at": now.isoformat(timespec="seconds"), "parts": parts}
    (partial_ / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n")
    partial_.rename(target)
    return target


async def restore(
    folder: Path, uri: str, vault_uri: str, journal: Documents | None, *, again: bool = False
) -> dict[str, int]:
    """Put a backup back into databases that hold nothing; documents by place. `journal`: erasures since then, which are
    carried out on the way. `again`: an earlier try was broken off. Raises `BackupUnusable`, `DumpBroken`.

    Nothing may run on the databases meanwhile.
    """
    parts = checked(folder)
    counts = {}
    for database in reversed(list(ORDER)):
        names = [place.partition("/")[2] for place in parts if place.partition("/")[0] == database]
        if not names:
            continue
        async with connected(vault_uri if database == DATABASE else uri, database) as documents:
            if not again:
                await _require_empty(documents, database)
            for name in names:
                place = f"{database}/{name}"
                becomes = partial(_becomes, journal if place == f"{DATABASE}/{DATA_KEYS.name}" else None)
                counts[place] = await dump.restore(documents, Collection(name), _file(folder, place), becomes)
    return counts


def checked(folder: Path) -> dict[str, Any]:
    """The parts of a complete backup, each of which is as it was written. Raises `BackupUnusable`."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError):
        raise BackupUnusable(f"{folder} is not a complete backup: no {MANIFEST}") from None
    if manifest.get("format") != FORMAT:
        raise BackupUnusable(f"{folder} has the format {manifest.get('format')}; known here: {FORMAT}")
    for place, part in manifest["parts"].items():
        path = _file(folder, place)
        if not path.is_file() or dump.digest(path) != part["sha256"]:
            raise BackupUnusable(f"{path} is missing, or not what was written")
    return dict(manifest["parts"])


def prune(folder: Path, before: datetime) -> list[Path]:
    """Remove backups that began before that moment, and what earlier failures left; which. An erased key is gone from
    the backups only when the last one that holds it is."""
    bound = before.strftime("%Y%m%dT%H%M%SZ")
    old = [path for path in sorted(folder.iterdir()) if path.name[:1].isdigit() and path.name < bound]
    for path in old:
        shutil.rmtree(path)
    return old


async def _becomes(journal: Documents | None, document: Document) -> Document:
    if "redrives" in document:
        return {**document, "redrives": document["redrives"] + LEAP}
    return document if journal is None else await erasures.without_erased(journal, document)


async def _require_empty(documents: Documents, database: str) -> None:
    for name in await documents.names():
        if await documents.scan(Collection(name), limit=1):
            raise BackupUnusable(f"{database} is not empty: {name} holds documents")


async def _collections(documents: Documents, first: Sequence[str]) -> list[str]:
    there = await documents.names()
    return [*(name for name in there if name not in first), *(name for name in first if name in there)]


@asynccontextmanager
async def _there(uri: str, database: str) -> AsyncIterator[Documents | None]:
    """The database as it is; a SQLite file is not made for the purpose."""
    if urlsplit(uri).scheme == "sqlite" and not sqlite_file(uri, database).exists():
        yield None
        return
    async with connected(uri, database) as documents:
        yield documents


def _file(folder: Path, place: str) -> Path:
    return folder / f"{place}.jsonl.gz"
