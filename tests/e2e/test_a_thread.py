"""The main job through real processes, seen from the outside."""

import pytest
from rich.console import Console

from e2e.outside import ONCE, TITLES, Thread, notices
from madoguchi_sandbox.demo.play import play
from madoguchi_sandbox.demo.qr import read_qr
from madoguchi_sandbox.demo.steps import Steps
from madoguchi_sandbox.launcher.plan import SANDBOX
from madoguchi_sandbox.launcher.stack import Stack
from madoguchi_sandbox.resident import Resident, arrives, buttons, words
from towns import SECOND_TOWN

pytestmark = pytest.mark.processes


async def test_from_a_message_to_a_certificate_that_is_valid(resident: Resident) -> None:
    played = await play(resident, Steps(Console(quiet=True)))
    assert played.verification["status"] == "valid"
    assert played.certificate.startswith(b"%PDF-")
    assert {look["actor"] for look in played.access_log} >= {"identity", "issuance", "notify", "resident"}
    assert notices(played.thread) == ONCE
    told = [e["message"] for e in played.thread if e["from"] != "resident" and "/r/" in str(buttons(e["message"]))]
    assert all("見本山に朝日" in words(message) for message in told if "状況を見る" in buttons(message))
    subjects = [mail["subject"] for mail in played.mails]
    assert any("証明書ができました" in subject for subject in subjects)


async def test_a_changed_certificate_is_found_out_and_a_strangers_file_is_not_ours(resident: Resident) -> None:
    thread = Thread(resident)
    await thread.ask()
    await thread.accepted()
    await thread.sign()
    await thread.fee_due()
    await thread.pay()
    await thread.ready()
    pdf = await thread.certificate()
    verify = read_qr(pdf).partition("/verify/")[0] + "/verify"
    middle = pdf.index(b"/ByteRange") // 2
    altered = pdf[:middle] + bytes([pdf[middle] ^ 1]) + pdf[middle + 1 :]
    for content, expected in ((pdf, "valid"), (altered, "altered"), (b"%PDF-1.7 nothing of ours", "not_ours")):
        answer = await resident.http.post(
            verify, files={"file": ("a.pdf", content, "application/pdf")}, headers={"accept": "application/json"}
        )
        assert answer.json()["status"] == expected


async def test_a_rejected_card_may_try_again_and_the_reason_is_said(resident: Resident) -> None:
    thread = Thread(resident)
    await thread.ask()
    await thread.accepted()
    await thread.sign(card="hanako-revoked")
    message = await resident.expect_words("本人確認ができませんでした")
    assert "失効" in words(message)
    thread.prove_url = next(url for url in buttons(message).values() if url.endswith("/prove"))
    await thread.sign()
    await thread.fee_due()
    await thread.pay()
    await thread.ready()


async def test_taking_it_back_after_paying_brings_the_money_back(stack: Stack) -> None:
    async with arrives(stack.layout.url(SANDBOX), SECOND_TOWN, name="二つ目の町", card="hanako-good") as resident:
        thread = Thread(resident)
        await thread.ask()
        await thread.accepted()
        await thread.fee_due()
        await thread.pay()
        await resident.say("やめる")
        await resident.expect_words("取り下げますか")
        await resident.say("はい")
        await resident.expect(lambda message: TITLES.get(words(message).partition("\n")[0]) == "refunded")
        assert await thread.status() == "cancelled"
        assert notices(await thread.settled()) == {
            "accepted": 1, "proof_needed": 1, "fee_due": 1, "closed": 1, "refunded": 1,
        }  # fmt: skip
        assert (len(await thread.charges()), len(await thread.refunds())) == (1, 1)


async def test_a_my_number_is_refused_explained_and_not_kept(resident: Resident) -> None:
    await resident.say("私のマイナンバーは 1234-5678-9018 です")
    await resident.expect_words("受け取らずに捨てました")
