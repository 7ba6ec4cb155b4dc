"""The provider over HTTP, its webhook, and what the sweep does with money."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest

from madoguchi.contracts.vocabulary import Language
from madoguchi.web.standard_webhooks import sign
from request_intake import handlers
from request_intake.adapters.payments import Account, HttpPayments
from request_intake.ports import ProviderAway
from unit.request_intake.given import accept, eligible_event, hear_all, refused_event, verified_event
from unit.request_intake.world import TOWN, WEBHOOK_SECRET, Intake

ACCOUNT = Account("http://provider.example/pay", "api-key", "http://intake.example/payments/webhook/990019")


def payments(handle: Any) -> HttpPayments:
    client = httpx.AsyncClient(transport=httpx.MockTransport(handle))
    return HttpPayments(client, {TOWN: ACCOUNT}, first_wait=0)


async def test_a_page_is_asked_for_with_a_key_that_repeats_share() -> None:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201, json={"id": "co_1", "url": "http://provider.example/1", "status": "open"})

    provider = payments(handle)
    for _ in range(2):
        page = await provider.open_page(
            TOWN, "pay_1", 300, "住民票の写し", return_url="http://intake.example/r/x", language=Language.ENGLISH
        )
    assert page.checkout_id == "co_1"
    assert str(seen[0].url) == "http://provider.example/pay/v1/checkouts"
    assert seen[0].headers["authorization"] == "Bearer api-key"
    assert seen[0].headers["idempotency-key"] == seen[1].headers["idempotency-key"]
    body = json.loads(seen[0].content)
    assert (body["amount"], body["currency"], body["webhook_url"]) == (300, "JPY", ACCOUNT.webhook_url)
    assert body["locale"] == "en"


@pytest.mark.parametrize("fault", [503, 429, "connect"])
async def test_passing_faults_are_tried_again(fault: int | str) -> None:
    calls = 0

    def handle(request: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        if calls < 3:
            if fault == "connect":
                raise httpx.ConnectError("refused", request=request)
            return httpx.Response(int(fault))
        return httpx.Response(200, json={"id": "re_1", "status": "refunded"})

    await payments(handle).refund(TOWN, "pay_1", 300)
    assert calls == 3


@pytest.mark.parametrize("answer", [httpx.Response(500), httpx.Response(400), httpx.Response(200, text="<html>")])
async def test_what_is_not_understood_is_away(answer: httpx.Response) -> None:
    with pytest.raises(ProviderAway):
        await payments(lambda _: answer).news(TOWN, "co_1")
    with pytest.raises(ProviderAway):
        await payments(lambda _: answer).news("000000", "co_1")


async def due(intake: Intake) -> str:
    """A request whose fee is due."""
    request_id = await accept(intake.deps)
    await hear_all(intake.deps, request_id, verified_event(), eligible_event())
    intake.clock.pass_(hours=1)
    return request_id


def message(request_id: str, kind: str = "checkout.paid", **data: Any) -> bytes:
    paid = {
        "checkout_id": "co_1",
        "payment_id": "pay_" + request_id[4:],
        "amount": 300,
        "paid_at": "2026-11-24T10:00:00+09:00",
        **data,
    }
    return json.dumps({"type": kind, "data": paid}).encode()


async def send(intake: Intake, body: bytes, secret: str = WEBHOOK_SECRET, town: str = TOWN) -> int:
    from madoguchi.service.clock import utc_now

    headers = {**sign(secret, "msg_1", utc_now(), body), "content-type": "application/json"}
    async with intake.client(None) as client:
        return (await client.post(f"/payments/webhook/{town}", content=body, headers=headers)).status_code


async def test_a_signed_webhook_books_once(intake: Intake) -> None:
    request_id = await due(intake)
    assert [await send(intake, message(request_id)) for _ in range(3)] == [204, 204, 204]
    assert (await intake.sent(request_id)).count("FeeSettled") == 1


async def test_other_webhooks_change_nothing(intake: Intake) -> None:
    request_id = await due(intake)
    assert await send(intake, message(request_id, kind="checkout.opened")) == 204
    assert await send(intake, message("req_" + "0" * 26)) == 204
    assert await send(intake, message(request_id, amount="much")) == 422
    assert await send(intake, b"{}") == 422
    assert await send(intake, message(request_id), secret="whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA") == 401
    assert await send(intake, message(request_id), town="123456") == 401
    assert (await intake.state(request_id)).fee.paid_at is None


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"webhook-id": "m", "webhook-timestamp": "now", "webhook-signature": "v1,!!"},
        {"webhook-id": "m", "webhook-timestamp": "9" * 40, "webhook-signature": "v1,AAAA"},
        {"webhook-id": "m", "webhook-timestamp": "1700000000", "webhook-signature": "nothing"},
    ],
)
async def test_malformed_signatures_are_401(intake: Intake, headers: dict[str, str]) -> None:
    async with intake.client(None) as client:
        answer = await client.post(f"/payments/webhook/{TOWN}", content=b"\xff", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


async def test_a_lost_webhook_is_made_good_by_asking(intake: Intake) -> None:
    request_id = await due(intake)
    await handlers.payment_page(intake.deps, request_id)
    intake.provider.paid.add("pay_" + request_id[4:])
    await handlers.sweep(intake.deps)
    assert intake.provider.asked == 0
    intake.clock.pass_(seconds=20)
    await handlers.sweep(intake.deps)
    await handlers.sweep(intake.deps)
    assert intake.provider.asked == 1
    assert (await intake.sent(request_id)).count("FeeSettled") == 1


async def test_nobody_expires_who_has_paid(intake: Intake) -> None:
    request_id = await due(intake)
    await handlers.payment_page(intake.deps, request_id)
    intake.clock.pass_(hours=1)
    await handlers.sweep(intake.deps)
    intake.provider.paid.add("pay_" + request_id[4:])
    due_at = (await intake.state(request_id)).fee.due_at
    assert due_at is not None
    intake.clock.now = due_at
    await handlers.sweep(intake.deps)
    state = await intake.state(request_id)
    assert (state.closed, state.fee.paid_at) == (None, intake.clock.now)


async def test_a_refund_waits_for_the_provider_and_is_made_once(intake: Intake) -> None:
    request_id = await due(intake)
    await send(intake, message(request_id))
    await hear_all(intake.deps, request_id, refused_event())
    assert intake.wakes
    intake.provider.away = True
    await handlers.sweep(intake.deps)
    intake.provider.away = False
    await handlers.sweep(intake.deps)
    assert intake.provider.refunds == []
    intake.clock.pass_(seconds=timedelta(minutes=1).total_seconds())
    await handlers.sweep(intake.deps)
    await handlers.sweep(intake.deps)
    assert intake.provider.refunds == [("pay_" + request_id[4:], 300)]
    assert (await intake.sent(request_id)).count("FeeRefunded") == 1


async def test_money_that_the_provider_gave_back_is_not_booked(intake: Intake) -> None:
    request_id = await due(intake)
    await handlers.payment_page(intake.deps, request_id)
    intake.provider.given_back.add("pay_" + request_id[4:])
    intake.clock.pass_(seconds=20)
    await handlers.sweep(intake.deps)
    assert intake.provider.asked == 1
    assert (await intake.state(request_id)).fee.paid_at is None
