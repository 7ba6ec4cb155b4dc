"""The payment page of the sandbox in a real browser: it leads back to the town, as its content policy must allow."""

from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from playwright.async_api import expect

from browser import look_over, phone_page
from madoguchi_sandbox.payment.api import payment_app
from madoguchi_sandbox.payment.provider import Account, Provider
from sandbox_world import listening

pytestmark = pytest.mark.pages

SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


@pytest.mark.parametrize("language", ["ja", "ja-x-easy", "en"])
async def test_paying_leads_back_to_the_town(tmp_path: Path, language: str) -> None:
    provider = Provider([Account("990019", "見本市", "pay_test_1", SECRET)], tmp_path, "http://127.0.0.1/pay")
    outer, town = FastAPI(), FastAPI()
    outer.mount("/pay", payment_app(provider))
    town.add_api_route("/r/x", lambda: {"status": "お支払いありがとうございます"})
    provider.open()
    stack = AsyncExitStack()
    stack.push_async_callback(provider.close)
    async with stack, listening(outer) as url, listening(town) as town_url, phone_page() as page:
        wish = {
            "payment_id": "pay_1",
            "amount": 300,
            "currency": "JPY",
            "description": "住民票の写し",
            "return_url": f"{town_url}/r/x",
            "webhook_url": f"{town_url}/payments/webhook/990019",
        }
        headers = {"authorization": "Bearer pay_test_1", "idempotency-key": "k"}
        async with httpx.AsyncClient(trust_env=False) as http:
            made = (await http.post(f"{url}/pay/v1/checkouts", json=wish, headers=headers)).json()
        await page.goto(f"{url}/pay/checkout/{made['id']}?lang={language}")
        await look_over(page, f"pay-{language}")
        await page.get_by_role("button").first.click()
        await expect(page).to_have_url(f"{town_url}/r/x")
        await page.goto(f"{url}/pay/checkout/{made['id']}")
        await expect(page.get_by_role("status")).to_be_visible()
