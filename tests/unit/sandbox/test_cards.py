"""The card app, its lists and its controls, against a counter made of a few lines."""

import re
from base64 import b64decode
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from fastapi import FastAPI, Request
from httpx import ASGITransport, AsyncClient
from starlette.responses import JSONResponse, Response

from madoguchi.contracts.vocabulary import Language
from madoguchi.text.catalogue import Catalogue
from madoguchi_sandbox import register
from madoguchi_sandbox.cards.app import build
from madoguchi_sandbox.pki.card_box import PIN

NOW = datetime(2026, 11, 24, 3, 30, tzinfo=UTC)
COUNTER = "http://counter.test"
PAGE = "/cards/app?challenge=http%3A%2F%2Fcounter.test%2Fchallenge&return=http%3A%2F%2Fcounter.test%2Fr%2Fx"
TEXT = "申請します <b>\nnonce 123\n"


class Counter:
    """Gives a challenge, takes a signature."""

    def __init__(self) -> None:
        self.got: list[dict[str, str]] = []
        self.answer = 202
        self.submit_url = f"{COUNTER}/evidence"
        self.app = FastAPI()
        self.app.get("/challenge")(self.challenge)
        self.app.post("/evidence")(self.evidence)

    async def challenge(self) -> dict[str, str]:
        return {"challenge_id": "chl_1", "text": TEXT, "submit_url": self.submit_url}

    async def evidence(self, request: Request) -> Response:
        if self.answer >= 400:
            return JSONResponse({"title": "期限が切れました"}, self.answer, media_type="application/problem+json")
        self.got.append(await request.json())
        return Response(status_code=self.answer)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("run")
    register.write(made / "secrets" / "990019" / "register.sqlite")
    return made


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
async def phone(folder: Path, counter: Counter) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(transport=ASGITransport(counter.app)) as to_counter:
        sandbox = FastAPI()
        sandbox.mount("/cards", build(folder, "990019", to_counter, lambda: NOW))
        async with AsyncClient(transport=ASGITransport(sandbox), base_url="http://sandbox.test") as phone:
            yield phone


async def enter(phone: AsyncClient, pin: str, card: str = "solo-good") -> httpx.Response:
    shown = await phone.get(PAGE)
    found = re.search(r'name="visit" value="([^"]+)"', shown.text)
    assert found
    return await phone.post(PAGE, data={"visit": found[1], "card": card, "pin": pin})


async def test_the_page_shows_exactly_the_text_and_the_pin(phone: AsyncClient) -> None:
    page = await phone.get(PAGE)
    assert page.status_code == 200
    assert "申請します &lt;b&gt;\nnonce 123" in page.text
    assert PIN in page.text
    assert "form-action 'self' http://counter.test" in page.headers["content-security-policy"]
    assert (await phone.get(PAGE + "&lang=en")).text.count("Sign and send") == 1


async def test_signing_hands_in_the_signature_and_goes_back(phone: AsyncClient, counter: Counter) -> None:
    done = await enter(phone, PIN.lower())
    assert (done.status_code, done.headers["location"]) == (303, "http://counter.test/r/x")
    assert counter.got[0]["challenge_id"] == "chl_1"
    assert b64decode(counter.got[0]["cms"])[:1] == b"\x30"


async def test_five_wrong_pins_lock_the_card(phone: AsyncClient, counter: Counter) -> None:
    for left in (4, 3, 2, 1):
        again = await enter(phone, "WRONG1", "taro-good")
        assert again.status_code == 422
        assert f"あと{left}回" in again.text
    assert "ロックされました" in (await enter(phone, "WRONG1", "taro-good")).text
    assert "ロックされました" in (await enter(phone, PIN, "taro-good")).text
    assert counter.got == []
    assert (await phone.post("/cards/_control/unlock", json={"card": "taro-good"})).json()["locked"] is False
    assert (await enter(phone, PIN, "taro-good")).status_code == 303


async def test_a_locked_card_for_practice_can_be_unlocked_on_the_page(phone: AsyncClient) -> None:
    for _ in range(5):
        locked = await enter(phone, "WRONG1", "twin-good")
    assert 'name="unlock"' in locked.text
    visit = re.search(r'name="visit" value="([^"]+)"', locked.text)
    assert visit
    again = await phone.post(PAGE, data={"visit": visit[1], "card": "twin-good", "pin": "", "unlock": "yes"})
    assert (again.status_code, "ロックを解除しました" in again.text) == (200, True)
    assert (await enter(phone, PIN, "twin-good")).status_code == 303


@pytest.mark.parametrize(("who", "first"), [("taro", "taro-good"), ("hanako", "hanako-good"), ("", "hanako-good")])
async def test_the_card_of_whoever_holds_the_phone_lies_on_top(phone: AsyncClient, who: str, first: str) -> None:
    page = await phone.get(PAGE, headers={"cookie": f"sandbox_who={who}"})
    assert re.findall(r'value="([a-z-]+)" required( checked)?', page.text)[0] == (first, " checked")


async def test_no_card_and_no_visit_are_explained(phone: AsyncClient) -> None:
    assert "カードを選んでください" in (await enter(phone, PIN, "nobody-good")).text
    assert (await phone.post("/cards/app", data={"visit": "x"})).status_code == 400


async def test_what_the_counter_says_is_passed_on(phone: AsyncClient, counter: Counter) -> None:
    counter.answer = 410
    stopped = await enter(phone, PIN)
    assert stopped.status_code == 400
    assert "期限が切れました" in stopped.text
    assert 'href="http://counter.test/r/x"' in stopped.text


@pytest.mark.parametrize("submit_url", ["http://elsewhere.test/evidence", "//elsewhere.test/", "ftp://counter.test/"])
async def test_a_challenge_that_leads_elsewhere_is_not_signed(
    phone: AsyncClient, counter: Counter, submit_url: str
) -> None:
    counter.submit_url = submit_url
    assert (await phone.get(PAGE)).status_code == 400


@pytest.mark.parametrize("query", ["", "?challenge=x&return=y", "?challenge=http://[&return=javascript:alert(1)"])
async def test_an_unusable_address_is_explained(phone: AsyncClient, query: str) -> None:
    stopped = await phone.get("/cards/app" + query)
    assert stopped.status_code == 400
    assert "javascript:" not in re.sub(r"\?[^\"]*", "", stopped.text)


async def test_controls_issue_sign_and_revoke(phone: AsyncClient) -> None:
    made = (await phone.post("/cards/_control/cards", json={"address_number": "0000100005"})).json()
    assert made["id"] == "0000100005-good"
    signed = await phone.post("/cards/_control/sign", json={"card": made["id"], "text": "x"})
    assert b64decode(signed.json()["cms"])
    before = await phone.get("/cards/crl.der")
    unchanged = await phone.get("/cards/crl.der", headers={"if-none-match": before.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    revoked = await phone.post("/cards/_control/revoke", json={"card": made["id"], "reason": "certificateHold"})
    assert revoked.json()["revoked_reason"] == "certificateHold"
    crl = x509.load_der_x509_crl((await phone.get("/cards/crl.der")).content)
    entry = crl.get_revoked_certificate_by_serial_number(int(made["serial"]))
    assert entry is not None
    assert (await phone.get("/cards/crl.pem")).text.count("BEGIN X509 CRL") == 2
    listed = (await phone.get("/cards/_control/cards")).json()
    assert {"hanako-good", "hanako-rogue", "0000100005-good"} <= {card["id"] for card in listed}
    assert "child-good" not in {card["id"] for card in listed}
    assert (await phone.post("/cards/_control/sign", json={"card": "../x", "text": ""})).status_code == 404


def test_the_messages_are_complete() -> None:
    catalogue = Catalogue.of_package("madoguchi_sandbox.cards")
    assert catalogue.check() == []
    assert set(catalogue.texts) == set(Language)
