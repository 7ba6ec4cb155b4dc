"""The mail server of the sandbox keeps what it takes, and refuses on demand."""

from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import httpx
import pytest
from fastapi import FastAPI

from madoguchi_sandbox import mail

Sink = tuple[mail.Mailbox, int, httpx.AsyncClient]
"""The mailbox, its SMTP port, and its pages."""


def _message(to: str = "hanako@example.jp") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "見本市 窓口 <madoguchi@mihon.example>"
    message["To"] = to
    message["Subject"] = "証明書ができました"
    message["Message-ID"] = "<notice-1@mihon.example>"
    message.set_content("住民票の写しができました。\nhttp://127.0.0.1:8403/download/x")
    message.add_alternative("<p>住民票の写しができました。</p>", subtype="html")
    return message


@pytest.fixture
async def sink(tmp_path: Path) -> AsyncIterator[Sink]:
    mailbox = mail.Mailbox.opened(tmp_path)
    app = FastAPI()
    app.state.mailbox = mailbox
    app.include_router(mail.router, prefix="/mail")
    transport = httpx.ASGITransport(app)
    async with (
        mail.receiving(mailbox, 0) as number,
        httpx.AsyncClient(transport=transport, base_url="http://x") as http,
    ):
        yield mailbox, number, http


async def _send(port: int, message: EmailMessage | None = None) -> None:
    await aiosmtplib.send(message or _message(), hostname="127.0.0.1", port=port, start_tls=False)


async def test_a_message_is_kept_and_can_be_read(sink: Sink, tmp_path: Path) -> None:
    _, port, http = sink
    await _send(port)
    await _send(port, _message("taro@example.jp"))
    found = (await http.get("/mail/_control/messages", params={"to": "hanako@example.jp"})).json()
    assert [one["subject"] for one in found] == ["証明書ができました"]
    assert found[0]["text"].startswith("住民票の写しができました。")
    assert found[0]["html"].startswith("<p>")
    assert found[0]["message_id"] == "<notice-1@mihon.example>"
    assert len(mail.Mailbox.opened(tmp_path).messages()) == 2


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("451", aiosmtplib.SMTPRecipientsRefused),
        ("550", aiosmtplib.SMTPRecipientsRefused),
        ("421", aiosmtplib.SMTPException),
        ("451_data", aiosmtplib.SMTPDataError),
    ],
)
async def test_refusals_on_demand(sink: Sink, kind: str, error: type[Exception]) -> None:
    mailbox, port, http = sink
    await http.post("/mail/_control/faults", json={"kind": kind})
    with pytest.raises(error) as caught:
        await _send(port)
    assert kind[:3] in str(caught.value) or kind == "421"
    assert mailbox.messages() == []
    await _send(port)
    assert len(mailbox.messages()) == 1


async def test_kept_though_the_sender_never_learns(sink: Sink) -> None:
    mailbox, port, http = sink
    await http.post("/mail/_control/faults", json={"kind": "lost_answer"})
    with pytest.raises(aiosmtplib.SMTPException):
        await _send(port)
    assert len(mailbox.messages()) == 1
    assert (await http.post("/mail/_control/faults", json={"kind": "fire"})).status_code == 422
