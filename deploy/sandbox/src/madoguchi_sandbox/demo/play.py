"""The main job, played by a resident from the outside: chat, card, fee, certificate, check, access log."""

import asyncio
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

from madoguchi_sandbox.demo.qr import read_qr
from madoguchi_sandbox.demo.steps import Steps
from madoguchi_sandbox.phone.thread import picture_urls
from madoguchi_sandbox.resident import Json, NothingCame, Resident, words


def address_of(resident: Resident) -> str:
    """An address of this run's own: the mail server keeps the mail of earlier runs."""
    return f"hanako.{resident.user_id[-6:]}@example.jp"


@dataclass(slots=True)
class Played:
    """What the thread left in the resident's hands."""

    status_url: str = ""
    request_id: str = ""
    certificate_number: str = ""
    certificate: bytes = b""
    verification: Json = field(default_factory=dict)
    access_log: list[Json] = field(default_factory=list)
    thread: list[Json] = field(default_factory=list)
    mails: list[Json] = field(default_factory=list)
    pictures: dict[str, str] = field(default_factory=dict)
    """Address of a picture in the thread → the picture as a `data:` address."""


async def play(resident: Resident, steps: Steps) -> Played:
    """From 「住民票がほしい」 to a certificate that anyone can check."""
    played = Played()
    await _ask(resident, steps)
    await _prove(resident, steps, played)
    await _pay(resident, steps)
    await _receive(resident, steps, played)
    await _check(resident, steps, played)
    await _look_back(resident, steps, played)
    return played


async def _ask(resident: Resident, steps: Steps) -> None:
    await resident.say("住民票がほしい")
    question = await resident.expect_words("どなたの")
    steps("asked", "「住民票がほしい」: the counter asks whose certificate")
    await resident.press(question, "本人だけ")
    question = await resident.expect_words("載せる項目")
    await resident.press(question, "世帯主・続柄")
    question = await resident.expect_words("世帯主・続柄")
    await resident.press(question, "これでよい")
    await resident.expect_words("メールでも")
    await resident.say(address_of(resident))
    question = await resident.expect_words("ご確認ください")
    steps(
        "answered", "one question at a time: whose, what to print, e-mail; then everything in one message to agree to"
    )
    await resident.press(question, "同意して申し込む")
    await resident.expect_words("お預かりしました")
    steps("agreed", "the request is agreed to and stored")


async def _prove(resident: Resident, steps: Steps, played: Played) -> None:
    prove = await resident.expect_button("/prove")
    played.status_url = prove.removesuffix("/prove")
    steps("notified", "the notice with the request number and the button to sign arrived in the thread")
    answer = (await resident.sign(prove)).raise_for_status().json()
    played.request_id = answer["request_id"]
    steps("signed", "she signed the exact text with her (test) My Number Card")


async def _pay(resident: Resident, steps: Steps) -> None:
    pay = await resident.expect_button("/pay")
    steps("verified", "identity verified the signature, issuance found exactly one person: the fee is due")
    await resident.pay(pay)
    steps("paid", "she paid 300 円 on the payment page")


async def _receive(resident: Resident, steps: Steps, played: Played) -> None:
    download = await resident.expect_button("/download/")
    steps("notice", "the notice with the download button arrived in the same thread")
    pdf = await resident.http.get(f"{download}/certificate.pdf")
    played.certificate = pdf.raise_for_status().content
    steps("downloaded", f"the sealed certificate is here ({len(played.certificate):,} bytes)")
    played.mails = await _mails(resident)
    steps("mailed", f"the same notices came by e-mail ({len(played.mails)})")


async def _mails(resident: Resident) -> list[Json]:
    """The notice of the certificate comes by both ways; the mail may be a moment later."""
    for _ in range(200):
        mails = await resident.mails(address_of(resident))
        if any("証明書ができました" in str(mail.get("subject")) for mail in mails):
            return mails
        await asyncio.sleep(0.05)
    raise NothingCame("the notice of the certificate did not come by e-mail")


async def _check(resident: Resident, steps: Steps, played: Played) -> None:
    url = read_qr(played.certificate)
    page = (await resident.http.get(url)).raise_for_status()
    path, _, query = url.partition("?")
    machine = (await resident.http.get(f"{path}.json?{query}")).raise_for_status()
    played.verification = {"url": url, **machine.json()}
    played.certificate_number = played.verification["certificate_number"]
    if played.verification["status"] != "valid" or page.status_code != 200:
        raise RuntimeError(f"the verification page says {played.verification['status']}")
    steps("checked", "the QR code on the certificate leads to the page that says: valid")


async def _look_back(resident: Resident, steps: Steps, played: Played) -> None:
    await resident.say("だれが見た？")
    message = await resident.expect_words("件")
    played.access_log = await _access_log(resident, played.status_url)
    played.thread = await resident.thread()
    for url in picture_urls(played.thread):
        picture = (await resident.http.get(url)).raise_for_status()
        encoded = b64encode(picture.content).decode()
        played.pictures[url] = f"data:{picture.headers['content-type']};base64,{encoded}"
    count = len(played.access_log)
    steps(
        "access_log",
        f"「だれが見た？」: she sees the {count} looks at her data, who and why ({_lines(message)} in chat)",
    )


def _lines(message: Json) -> int:
    return max(len(words(message).splitlines()) - 1, 0)


async def _access_log(resident: Resident, status_url: str) -> list[Json]:
    answer = await resident.http.get(f"{status_url}/access-log.json")
    body: Any = answer.raise_for_status().json()
    return list(body["looks"])
