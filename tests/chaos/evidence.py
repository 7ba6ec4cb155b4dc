"""What the auditor goes by: the diary, the outside world's journals, the ledger, the public pages. Nothing of what the
services say about themselves.
"""

import asyncio
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from chaos.diary import Fault, Thread, faults_of, threads_of
from chaos.journals import Arrived, Movement, Notice, in_books, in_line, in_mail
from chaos.plaintext_scan import Place, scanned, texts_of
from chaos.public import Asking, Page, asked
from e2e.databases import documents, stored
from e2e.plaintext import Scanner
from madoguchi_sandbox.launcher.stack import Stack

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """A certificate in the ledger."""

    number: str
    request: str
    sha256: str
    valid: bool = True


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything an audit needs. The order of what is in it does not matter."""

    rung: str = ""
    threads: Mapping[str, Thread] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    acknowledged: frozenset[str] = frozenset()
    notices: tuple[Notice, ...] = ()
    refused: Mapping[str, int] = field(default_factory=dict)
    movements: tuple[Movement, ...] = ()
    ledger: tuple[Entry, ...] = ()
    pages: Mapping[str, Page] = field(default_factory=dict)
    plaintext: tuple[Place, ...] = ()

    @property
    def requests(self) -> frozenset[str]:
        """Every request that there is any trace of."""
        accepted = (request for thread in self.threads.values() for request in thread.requests)
        traces: tuple[Notice | Movement | Entry, ...] = (*self.notices, *self.movements, *self.ledger)
        return frozenset((*accepted, *(trace.request for trace in traces), *self.pages))


def narrowed(evidence: Evidence) -> Evidence:
    """Only what concerns the threads of the diary: for a system on which other threads were played too."""
    threads = evidence.threads.values()
    receivers = {who for thread in threads for who in (thread.user_id, thread.email)} - {None}
    requests = {request for thread in threads for request in thread.requests}
    requests |= {notice.request for notice in evidence.notices if notice.receiver in receivers}
    return replace(
        evidence,
        notices=tuple(notice for notice in evidence.notices if notice.request in requests),
        movements=tuple(movement for movement in evidence.movements if movement.request in requests),
        ledger=tuple(entry for entry in evidence.ledger if entry.request in requests),
        pages={request: page for request, page in evidence.pages.items() if request in requests},
    )


async def gather(
    stack: Stack,
    *,
    records: Iterable[tuple[str, bytes]] = (),
    wanted: Iterable[tuple[str, str]] = (),
    asking: Asking | None = None,
) -> Evidence:
    """Read everything that the run left, while the system still runs and after it has come to rest.

    `records`: what was on the topics, each with its topic's name. `wanted`: further pairs of kind and text that must
    not be found in clear, beside the residents of the register, the chat users and the addresses.
    """
    folder = stack.layout.folder
    read, line, mail = await asyncio.to_thread(of_folder, folder)
    pages = await asked(addresses(read.threads.values(), line, mail), asking or Asking())
    users = {thread.user_id for thread in read.threads.values() if thread.user_id}
    emails = {thread.email for thread in read.threads.values() if thread.email}
    people = texts_of(line.receivers | users, mail.receivers | emails, wanted)
    return replace(
        read,
        rung=stack.layout.rung.value,
        ledger=await asyncio.to_thread(lambda: tuple(map(entry, stored(stack, "issuance", "ledger")))),
        pages=pages,
        plaintext=await asyncio.to_thread(lambda: scanned(Scanner(people), folder, documents(stack), records)),
    )


def of_folder(folder: Path) -> tuple[Evidence, Arrived, Arrived]:
    """What the files of a run say, and of it what the chat's and the mail's journal say."""
    chaos, sandbox = folder / "chaos", folder / "sandbox"
    line, mail = in_line(lines(sandbox / "line.jsonl")), in_mail(lines(sandbox / "mail.jsonl"))
    read = Evidence(
        threads=threads_of(lines(chaos / "diary.jsonl")),
        faults=faults_of(lines(chaos / "faults.jsonl")),
        acknowledged=line.acknowledged,
        notices=(*line.notices, *mail.notices),
        refused=mail.refused,
        movements=tuple(in_books(lines(sandbox / "books.jsonl"))),
    )
    return read, line, mail


def addresses(threads: Iterable[Thread], *journals: Arrived) -> dict[str, str]:
    """Where to ask after each request: at the link that is good for longest, of those that anybody was told."""
    found: dict[str, set[str]] = {}
    for links in (*(thread.accepted for thread in threads), *(journal.links for journal in journals)):
        for request, urls in links.items():
            found.setdefault(request, set()).update(urls)
    return {request: max(urls, key=_good_until) for request, urls in sorted(found.items())}


def entry(document: Json) -> Entry:
    """An entry of the ledger, as it is stored."""
    state = document["state"]
    return Entry(state["number"], state["request_id"], state["sha256"], state["status"] == "valid")


def lines(path: Path) -> Iterator[Json]:
    """The lines of a file, which may be missing. A last line cut short by a kill is passed over."""
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.endswith("\n"):
                yield json.loads(line)


def _good_until(url: str) -> tuple[int, str]:
    expiry = url.rpartition("/r/")[2].split(".")[1:2]
    return (int(expiry[0]) if expiry and expiry[0].isdigit() else 0), url
