"""E-mail against a real SMTP server: what it answers, and that the same notice is the same mail."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from madoguchi.contracts import events as e
from madoguchi.contracts.personal import Contact
from madoguchi.contracts.vocabulary import Language, NoticeKind
from madoguchi_sandbox.faults import Fault
from madoguchi_sandbox.mail import Mailbox, receiving
from notify.adapters.mail import Relay, SmtpMail
from notify.domain import decide
from notify.ports import Message
from unit.notify.test_compose import message
from unit.notify.world import EMAIL, Post

READY: Message = message(NoticeKind.READY, Language.JAPANESE)
SENDER = "見本市 窓口 <madoguchi@mihon.example>"
SAKURA = Contact(email="sakura@example.jp")


@asynccontextmanager
async def delivering(mailbox: Mailbox, timeout: float = 5.0) -> AsyncIterator[SmtpMail]:  # noqa: ASYNC109
    async with receiving(mailbox, 0) as port:
        yield SmtpMail(Relay("127.0.0.1", port, timeout=timeout), SENDER)


@pytest.fixture
def mailbox(tmp_path: Path) -> Mailbox:
    return Mailbox.opened(tmp_path)


async def test_a_mail_arrives_whole(mailbox: Mailbox) -> None:
    async with delivering(mailbox) as mail:
        outcome = await mail.send(SAKURA, READY)
    (got,) = mailbox.messages()
    assert (outcome.verdict, outcome.code, outcome.provider_id) == ("accepted", "250", "<n@mihon.example>")
    assert (got["envelope_from"], got["envelope_to"]) == ("madoguchi@mihon.example", ["sakura@example.jp"])
    assert got["from"] == SENDER
    assert got["message_id"] == "<n@mihon.example>"
    assert got["headers"]["Auto-Submitted"] == "auto-generated"
    assert got["headers"]["Date"] == "Mon, 23 Nov 2026 01:00:00 +0000"
    assert all(button.url in got["text"] for button in READY.buttons)
    assert READY.phrase in got["text"]
    assert READY.phrase in got["html"]


@pytest.mark.parametrize(
    ("fault", "verdict", "code"),
    [
        ("421", "retry", "421"),
        ("451", "retry", "451"),
        ("451_data", "retry", "451"),
        ("550", "refused", "550"),
    ],
)
async def test_what_a_refusal_means(mailbox: Mailbox, fault: str, verdict: str, code: str) -> None:
    mailbox.faults.arm(Fault(kind=fault))
    async with delivering(mailbox) as mail:
        outcome = await mail.send(SAKURA, READY)
        assert outcome.verdict == verdict
        assert outcome.code in (code, "SMTPServerDisconnected")
        assert mailbox.messages() == []
        assert (await mail.send(SAKURA, READY)).verdict == "accepted"


async def test_a_lost_answer_may_bring_a_second_copy_that_can_be_told(mailbox: Mailbox) -> None:
    mailbox.faults.arm(Fault(kind="lost_answer"))
    async with delivering(mailbox) as mail:
        post = Post(channels={EMAIL: mail})
        await post.hear(await post.submitted(contact=SAKURA))
        await post.one_round()
        post.clock.move(decide.WAITS[0])
        await post.one_round()
    first, second = mailbox.messages()
    assert first["headers"].keys() == second["headers"].keys()
    assert first["message_id"] == second["message_id"]
    assert first["headers"]["Date"] == second["headers"]["Date"]
    assert first["text"] == second["text"]
    (report,) = await post.published()
    assert isinstance(report.event, e.NoticeSent)


@pytest.mark.parametrize("fault", ["550", "451"])
async def test_a_refusal_ends_it_and_a_delay_does_not(mailbox: Mailbox, fault: str) -> None:
    mailbox.faults.arm(Fault(kind=fault))
    async with delivering(mailbox) as mail:
        post = Post(channels={EMAIL: mail})
        await post.hear(await post.submitted(contact=SAKURA))
        await post.one_round()
        post.clock.move(decide.WAITS[0])
        await post.one_round()
    (report,) = await post.published()
    assert isinstance(report.event, e.NoticeFailed if fault == "550" else e.NoticeSent)
    assert len(mailbox.messages()) == (0 if fault == "550" else 1)


@pytest.mark.parametrize("address", ["", "@", "a@", "a b@c.jp", "a@b\r\nBcc: x@y.jp", "a@b.jp,c@d.jp", "ü@b.jp"])
async def test_what_is_no_address_is_refused_before_any_relay_is_asked(address: str) -> None:
    outcome = await SmtpMail(Relay("127.0.0.1", 9), SENDER).send(Contact(email=address), READY)
    assert (outcome.verdict, outcome.code) == ("refused", "bad_address")


async def test_a_domain_in_japanese_is_an_address(mailbox: Mailbox) -> None:
    async with delivering(mailbox) as mail:
        assert (await mail.send(Contact(email="a@日本語.jp"), READY)).verdict == "accepted"
    assert mailbox.messages()[0]["envelope_to"] == ["a@xn--wgv71a119e.jp"]


async def test_no_relay_no_address_and_a_login_that_the_relay_does_not_want(mailbox: Mailbox) -> None:
    nowhere = SmtpMail(Relay("127.0.0.1", 9, timeout=1), SENDER)
    assert (await nowhere.send(SAKURA, READY)).verdict == "retry"
    assert (await nowhere.send(Contact(), READY)).verdict == "no_address"
    async with receiving(mailbox, 0) as port:
        locked = SmtpMail(Relay("127.0.0.1", port, "town", "secret"), SENDER)
        assert (await locked.send(SAKURA, READY)).verdict == "retry"


def test_a_relay_does_not_show_its_password() -> None:
    assert "secret" not in repr(Relay("relay.example", 587, "town", "secret"))
