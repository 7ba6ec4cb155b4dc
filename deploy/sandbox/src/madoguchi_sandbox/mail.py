"""A mail server that keeps every message and delivers none; refuses and hangs up on demand. Messages at `/mail`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Annotated, Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from fastapi import APIRouter, Depends, HTTPException, Request

from madoguchi.service.clock import Clock, utc_now
from madoguchi_sandbox.faults import Fault, Faults
from madoguchi_sandbox.journal import Journal, Record

LARGEST_MESSAGE = 10 * 1024 * 1024
AT_RECIPIENT = {
    "421": "421 4.3.2 Service shutting down",
    "451": "451 4.7.1 Try again later",
    "550": "550 5.1.1 No such mailbox",
}
"""Answers to a recipient."""
AT_DATA = ("451_data", "lost_answer")
"""At the end of the message: refused for now, or kept without a word."""

Json = dict[str, Any]


@dataclass  # no slots: aiosmtpd looks through its handler's members, which fails on them in Python 3.11.2 (Debian 12)
class Mailbox:
    """Everything received; every message is one line of `mail.jsonl`, read again at a restart."""

    journal: Journal
    records: list[Record] = field(default_factory=list)
    faults: Faults = field(default_factory=lambda: Faults((*AT_RECIPIENT, *AT_DATA)))

    @classmethod
    def opened(cls, folder: Path, clock: Clock = utc_now) -> "Mailbox":
        """The mailbox in `folder`, with what an earlier run received."""
        journal = Journal(folder / "mail.jsonl", clock)
        return cls(journal, [record for record in journal if record["kind"] == "mail"])

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        """aiosmtpd: a recipient is named."""
        if fault := self.faults.strike(*AT_RECIPIENT):
            self.journal.append("refused", to=address, answer=fault.kind)
            if fault.kind == "421":
                asyncio.get_running_loop().call_soon(_hang_up, server)
            return AT_RECIPIENT[fault.kind]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """aiosmtpd: a message is complete."""
        if self.faults.strike("451_data"):
            self.journal.append("refused", to=envelope.rcpt_tos, answer="451")
            return "451 4.3.0 Try again later"
        raw = envelope.original_content or b""
        kept = {"sender": envelope.mail_from, "to": envelope.rcpt_tos, "raw": raw.decode("utf-8", "replace")}
        self.records.append(self.journal.append("mail", **kept))
        if self.faults.strike("lost_answer"):
            _hang_up(server)
            return "421 4.4.2 Connection lost"
        return "250 2.0.0 Kept"

    def messages(self) -> list[Json]:
        """Oldest first, parsed."""
        return [_parsed(number, record) for number, record in enumerate(self.records, 1)]


def _hang_up(server: SMTP) -> None:
    if server.transport is not None:
        server.transport.close()


def _parsed(number: int, record: Record) -> Json:
    message = message_from_bytes(record["raw"].encode(), policy=policy.default)
    return {
        "id": number,
        "at": record["at"],
        "envelope_from": record["sender"],
        "envelope_to": record["to"],
        "from": str(message["from"]),
        "to": str(message["to"]),
        "subject": str(message["subject"]),
        "message_id": str(message["message-id"]),
        "headers": {name: str(value) for name, value in message.items()},
        "text": _part(message, "plain"),
        "html": _part(message, "html"),
        "attachments": [part.get_filename() or "" for part in message.iter_attachments()],
    }


def _part(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body((kind,))
    return None if part is None else str(part.get_content())


@asynccontextmanager
async def receiving(mailbox: Mailbox, port: int, host: str = "127.0.0.1") -> AsyncIterator[int]:
    """Listen for mail; gives the port (0: a free one). Raises `OSError` when it is taken."""
    loop = asyncio.get_running_loop()

    def protocol() -> SMTP:
        return SMTP(
            mailbox, data_size_limit=LARGEST_MESSAGE, enable_SMTPUTF8=True, hostname="sandbox.invalid", loop=loop
        )

    server = await loop.create_server(protocol, host, port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


router = APIRouter()
"""To be mounted at `/mail`; `request.app.state` has `mailbox`."""


async def _mailbox(request: Request) -> Mailbox:
    mailbox: Mailbox = request.app.state.mailbox
    return mailbox


TheMailbox = Annotated[Mailbox, Depends(_mailbox)]


@router.get("/_control/messages")
async def messages(mailbox: TheMailbox, to: str | None = None) -> list[Json]:
    """All messages, or those to one address; oldest first."""
    return [one for one in mailbox.messages() if to is None or to in one["envelope_to"]]


@router.post("/_control/faults", status_code=202)
async def arm(fault: Fault, mailbox: TheMailbox) -> Json:
    """Let something go wrong from now on."""
    try:
        mailbox.faults.arm(fault)
    except ValueError as error:
        raise HTTPException(422, str(error)) from None
    return {"armed": [one.model_dump() for one in mailbox.faults.armed]}


@router.delete("/_control/faults", status_code=204)
async def disarm(mailbox: TheMailbox) -> None:
    """All is well again."""
    mailbox.faults.clear()
