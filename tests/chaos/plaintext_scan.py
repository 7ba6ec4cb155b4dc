"""Looking for personal data in clear in everything a run left: files of any size, databases, records of topics.

The search leaves the interpreter's lock alone, so that threads use every core.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path

from e2e.plaintext import Scanner, of_resident
from madoguchi.bus.record import Record
from madoguchi_sandbox.register import population

OUTSIDE = ("sandbox/", "chaos/", "demo/")
"""What is not the town's to seal: the outside world's own files, and what the residents took home."""
REGISTER = "register.sqlite"
"""The town's register, which lies in `secrets/<town>/` and is nothing but personal data."""

PIECE = 4 * 1024 * 1024
"""Bytes that are searched at once."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Something was found: where, of what kind, and how it was written. Never what."""

    where: str
    kind: str
    form: str

    def __str__(self) -> str:
        return f"{self.where}: {self.kind} ({self.form})"


def texts_of(
    users: Iterable[str], emails: Iterable[str], further: Iterable[tuple[str, str]] = ()
) -> list[tuple[str, str]]:
    """What must not be found: pairs of kind and text. Everybody in the register, the chat users, the addresses."""
    register = [pair for resident in population() for pair in of_resident(resident)]
    chat = (("chat user", user) for user in users)
    return [*register, *chat, *(("email", email) for email in emails), *further]


def scanned(
    scanner: Scanner,
    folder: Path,
    documents: Iterable[str] = (),
    records: Iterable[tuple[str, bytes]] = (),
    piece: int = PIECE,
) -> tuple[Place, ...]:
    """Everything that is found in the files below `folder`, in the `documents` of its databases (a text may lie across
    pages of a file), and in `records`, which come with the name of their topic."""
    pieces = ((path, start) for path in ours(folder) for start in _starts(path, piece))
    searches: Iterator[Callable[[], set[Place]]] = chain(
        (partial(_in_piece, scanner, folder, path, start, piece) for path, start in pieces),
        (partial(_in_bytes, scanner, "databases", text) for text in _joined(documents, piece)),
        (partial(_in_bytes, scanner, topic, record) for topic, record in records),
    )
    found: set[Place] = set()
    workers = os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as pool:
        while some := list(islice(searches, 16 * workers)):
            found.update(*pool.map(lambda search: search(), some))
    return tuple(sorted(found))


def of_topics(records: Iterable[Record]) -> Iterator[tuple[str, bytes]]:
    """Records as they are searched: the topic, and everything that is in one. Headers also as their text, for a value
    may be part of a longer one."""
    for record in records:
        headers = json.dumps([[key, (value or b"").decode("latin-1")] for key, value in record.headers]).encode()
        raw = b"".join(value or b"" for _, value in record.headers)
        yield record.topic, b"\n".join((record.key or b"", headers, raw, record.value or b""))


def ours(folder: Path) -> Iterator[Path]:
    """The files below the run-time folder that must hold no personal data in clear."""
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        register = place.parts[0] == "secrets" and place.name == REGISTER
        if path.is_file() and not place.as_posix().startswith(OUTSIDE) and not register:
            yield path


def _starts(path: Path, piece: int) -> range:
    try:
        return range(0, max(path.stat().st_size, 1), piece)
    except FileNotFoundError:  # servers remove files of their own while they run
        return range(0)


def _in_piece(scanner: Scanner, folder: Path, path: Path, start: int, piece: int) -> set[Place]:
    """One piece of a file, and so much of the next that nothing is cut: what touches the edge of a piece is judged in
    the neighbouring one, where what stands beside it can be seen."""
    most = piece + scanner.longest + 1
    try:
        with path.open("rb") as file:
            file.seek(start)
            data = file.read(most)
    except FileNotFoundError:
        return set()
    where, whole = path.relative_to(folder).as_posix(), len(data) < most
    return {
        Place(where, hit.kind, hit.form)
        for begin, end, hit in scanner.find(data)
        if (begin > 0 or start == 0) and (end < len(data) or whole)
    }


def _in_bytes(scanner: Scanner, where: str, data: bytes) -> set[Place]:
    return {Place(where, hit.kind, hit.form) for _, _, hit in scanner.find(data)}


def _joined(documents: Iterable[str], piece: int) -> Iterator[bytes]:
    """Documents in blocks of about a piece, so that a whole database never lies in memory."""
    block: list[bytes] = []
    size = 0
    for document in documents:
        block.append(document.encode())
        size += len(block[-1])
        if size >= piece:
            yield b"\n".join(block)
            block, size = [], 0
    yield b"\n".join(block)
