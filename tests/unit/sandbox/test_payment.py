"""The payment provider of the sandbox: money moves once, news comes until it is taken, the books tell it all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from madoguchi.text.catalogue import Catalogue
from madoguchi.web.standard_webhooks import verify
from madoguchi_sandbox.payment.api import payment_app
from madoguchi_sandbox.payment.provider import Account, Provider
from sandbox_world import listening

TOWN, OTHER = "990019", "990027"
SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


@dataclass
class Till:
    """The provider, its client, and the town that hears of payments."""

    provider: Provider
    http: httpx.AsyncClient
    town_url: str = ""
    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """(webhook-id, message) of every call whose signature held."""
    answers: list[int] = field(default_factory=list)

    async def checkout(self, key: str = "k1", **more: Any) -> httpx.Response:
        body = {
            "payment_id": "pay_1",
            "amount": 300,
            "currency": "JPY",
            "description": "住民票の写し",
            "return_url": "http://127.0.0.1:1/r/x",
            "webhook_url": f"{self.town_url}/payments/webhook/{TOWN}",
            **more,
        }
        return await self.http.post("v1/checkouts", json=body, headers={"Idempotency-Key": f'"{key}"'})

    async def refund(self, key: str = "r1", amount: int = 300, payment_id: str = "pay_1") -> httpx.Response:
        body = {"payment_id": payment_id, "amount": amount}
        return await self.http.post("v1/refunds", json=body, headers={"Idempotency-Key": key})

    async def paid(self) -> str:
        """A checkout that was paid on its page."""
        checkout_id: str = (await self.checkout()).json()["id"]
        assert (await self.http.post(f"checkout/{checkout_id}", data={"card": "good"})).status_code == 303
        return checkout_id

    async def until_heard(self, times: int) -> None:
        async with asyncio.timeout(5):
            while len(self.heard) < times:  # noqa: ASYNC110 - a test's patience
                await asyncio.sleep(0.01)

    async def books(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self.http.get("_control/books")).json()
        return found

    async def fault(self, kind: str, **more: Any) -> None:
        (await self.http.post("_control/faults", json={"kind": kind, **more})).raise_for_status()


@asynccontextmanager
async def open_till(folder: Path, *, answers: list[int] | None = None) -> AsyncIterator[Till]:
    accounts = [Account(TOWN, "見本市", "pay_test_1", SECRET), Account(OTHER, "別の市", "pay_test_2", SECRET)]
    provider = Provider(accounts, folder, "http://127.0.0.1:8405/pay")
    outer = FastAPI()
    outer.mount("/pay", payment_app(provider))
    transport = httpx.ASGITransport(outer)
    headers = {"authorization": "Bearer pay_test_1"}
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox/pay/", headers=headers) as http:
        till = Till(provider, http, answers=list(answers or []))
        town = FastAPI()

        @town.post("/payments/webhook/{municipality}")
        async def hear(request: Request) -> Response:
            body = await request.body()
            till.heard.append((verify(SECRET, request.headers, body), await request.json()))
            return Response(status_code=till.answers.pop(0) if till.answers else 204)

        async with listening(town) as till.town_url:
            provider.open()
            yield till
            await provider.close()


@pytest.fixture
async def till(tmp_path: Path) -> AsyncIterator[Till]:
    async with open_till(tmp_path) as one:
        yield one


async def test_a_payment_from_checkout_to_signed_news(till: Till) -> None:
    made = await till.checkout()
    checkout_id = made.json()["id"]
    url = f"http://127.0.0.1:8405/pay/checkout/{checkout_id}"
    assert (made.status_code, made.json()) == (201, {"id": checkout_id, "url": url, "status": "open"})
    page = await till.http.get(f"checkout/{checkout_id}")
    assert "300円" in page.text
    assert "住民票の写し" in page.text
    assert (await till.http.get(f"v1/checkouts/{checkout_id}")).json()["status"] == "open"
    answer = await till.http.post(f"checkout/{checkout_id}", data={"card": "good"})
    assert (answer.status_code, answer.headers["location"]) == (303, "http://127.0.0.1:1/r/x")
    assert "http://127.0.0.1:1" in answer.headers["content-security-policy"]
    await till.until_heard(1)
    _, message = till.heard[0]
    assert message["type"] == "checkout.paid"
    assert message["data"] | {"paid_at": ""} == {
        "checkout_id": checkout_id, "payment_id": "pay_1", "amount": 300, "paid_at": "",
    }  # fmt: skip
    now = (await till.http.get(f"v1/checkouts/{checkout_id}")).json()
    assert (now["status"], now["paid_at"]) == ("paid", message["data"]["paid_at"])


async def test_a_second_click_costs_nothing(till: Till) -> None:
    checkout_id = await till.paid()
    await till.http.post(f"checkout/{checkout_id}", data={"card": "good"})
    await till.until_heard(1)
    assert len((await till.books())["charges"]) == 1
    assert "済んでいます" in (await till.http.get(f"checkout/{checkout_id}")).text


async def test_a_declined_card_charges_nothing(till: Till) -> None:
    checkout_id = (await till.checkout()).json()["id"]
    answer = await till.http.post(f"checkout/{checkout_id}", data={"card": "declined"})
    assert answer.status_code == 402
    assert "使えませんでした" in answer.text
    assert (await till.books())["charges"] == []


async def test_idempotency_of_checkouts(till: Till) -> None:
    first = await till.checkout("k")
    assert (await till.checkout("k")).json() == first.json()
    other = await till.checkout("k", amount=400)
    assert (other.status_code, other.json()["error"]["code"]) == (422, "idempotency_key_reused")
    assert (await till.checkout("k2")).json()["id"] != first.json()["id"]
    assert (await till.http.post("v1/checkouts", json={})).status_code in {400, 422}


async def test_a_refund_moves_money_once(till: Till) -> None:
    checkout_id = await till.paid()
    first = await till.refund("r")
    assert first.json()["status"] == "refunded"
    assert (await till.refund("r")).json() == first.json()
    assert (await till.refund("r", amount=100)).status_code == 422
    again = await till.refund("another key")
    assert (again.status_code, again.json()["error"]["code"]) == (422, "nothing_to_refund")
    assert (await till.refund("x", payment_id="pay_unknown")).status_code == 404
    books = await till.books()
    assert [(refund["payment_id"], refund["amount"]) for refund in books["refunds"]] == [("pay_1", 300)]
    assert (await till.http.get(f"v1/checkouts/{checkout_id}")).json()["status"] == "refunded"


async def test_nothing_unpaid_is_refunded(till: Till) -> None:
    await till.checkout()
    assert (await till.refund()).status_code == 422


async def test_news_comes_until_it_is_taken(till: Till) -> None:
    till.answers = [500, 503]
    await till.paid()
    await till.until_heard(3)
    assert len({webhook_id for webhook_id, _ in till.heard}) == 1
    await asyncio.sleep(0.05)
    assert (await till.books())["unacknowledged_webhooks"] == []


async def test_news_twice_late_or_lost_on_demand(till: Till) -> None:
    await till.fault("duplicate_webhook")
    await till.paid()
    await till.until_heard(2)
    assert till.heard[0] == till.heard[1]
    await till.fault("drop_webhook")
    await till.fault("late_webhook", seconds=0.05)
    second = (await till.checkout("k2", payment_id="pay_2")).json()["id"]
    await till.http.post(f"_control/checkouts/{second}/pay")
    await till.until_heard(3)
    assert till.heard[2][1]["data"]["payment_id"] == "pay_2"
    assert (await till.http.post("_control/faults", json={"kind": "fire"})).status_code == 422


async def test_faults_of_the_api(till: Till) -> None:
    await till.fault("500")
    assert (await till.checkout("k")).status_code == 500
    await till.fault("timeout_after_success", seconds=0)
    assert (await till.checkout("k")).status_code == 504
    assert (await till.checkout("k")).status_code == 201
    assert len((await till.books())["open"]) == 1


async def test_only_the_towns_own_key_and_its_own_checkouts(till: Till) -> None:
    checkout_id = (await till.checkout()).json()["id"]
    for header, status in (("Bearer wrong", 401), ("", 401), ("Bearer pay_test_2", 404)):
        answer = await till.http.get(f"v1/checkouts/{checkout_id}", headers={"authorization": header})
        assert answer.status_code == status


async def test_books_keys_and_news_survive_a_restart(tmp_path: Path) -> None:
    async with open_till(tmp_path, answers=[500] * 9) as before:
        first = (await before.checkout("k")).json()
        await before.http.post(f"_control/checkouts/{first['id']}/pay")
        await before.until_heard(1)
        refunded = (await before.refund("r")).json()
        address = before.town_url
    async with open_till(tmp_path) as after:
        assert (await after.checkout("k", webhook_url=f"{address}/payments/webhook/{TOWN}")).json() == first
        assert (await after.refund("r")).json() == refunded
        books = await after.books()
        assert (len(books["charges"]), len(books["refunds"]), len(books["unacknowledged_webhooks"])) == (1, 1, 1)


@pytest.mark.parametrize("package", ["madoguchi_sandbox", "madoguchi_sandbox.payment", "madoguchi_sandbox.phone"])
def test_every_word_is_there_in_every_language(package: str) -> None:
    assert Catalogue.of_package(package).check() == []
