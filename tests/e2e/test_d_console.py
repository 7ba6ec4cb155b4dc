"""Referred cases, decided at the console by staff, through real processes."""

import json
import re

import pytest

from console.domain.staff import Role
from e2e.desk import at_work
from e2e.outside import comes_true
from e2e.rest import Client, Json
from madoguchi_sandbox.launcher.stack import Stack
from madoguchi_sandbox.register import PERSONAS
from staff import Desk
from towns import SECOND_TOWN, THIRD_TOWN, TOWN

pytestmark = pytest.mark.processes
CLERK, APPROVER, AUDITOR = "1042", "1007", "1003"


async def _takes_and_opens(desk: Desk, made: Json) -> str:
    await desk.waits(made["request_id"])
    await desk.look(made["request_id"])
    await desk.press("claim")
    return await desk.press("open", purpose="review")


async def test_a_replaced_character_is_decided_by_two_people_and_the_certificate_is_issued(
    stack: Stack, api: Client
) -> None:
    made: Json = (await api.create(email="hashigo@example.jp")).json()
    await api.sign(made, "takahashi-hashigo-good")
    await api.until(made, "with_clerk")
    entry = PERSONAS["takahashi_hashigo"].address_number

    async with at_work(stack, TOWN, CLERK, Role.CLERK) as clerk:
        opened = await _takes_and_opens(clerk, made)
        assert '<mark class="explained">髙</mark>' in opened
        said = {"verdict": "approve", "approve_reason": "variant_characters", "entry": entry}
        assert "It waits for a second person" in await clerk.press("decide", **said)
    assert (await api.read(made))["status"] == "with_clerk"

    async with at_work(stack, TOWN, APPROVER, Role.APPROVER) as approver:
        await approver.look(made["request_id"])
        assert "Proposed entry" in await approver.press("open", purpose="confirm")
        await approver.press("confirm")
        await api.until(made, "fee_due")
        await api.pay(made)
        await api.until(made, "ready")

        async def told() -> bool:
            return "Certificate issued" in await approver.look(made["request_id"])

        await comes_true(told)
        assert "A clerk decided on the certificate" in approver.page.text

    log = (await api.http.get(f"/v1/requests/{made['request_id']}/access-log")).raise_for_status().json()
    assert {f"clerk:{CLERK}", f"clerk:{APPROVER}"} <= {look["actor"] for look in log["looks"]}


async def test_who_it_is_is_decided_at_the_console_and_every_act_is_exported(stack: Stack, third_api: Client) -> None:
    """No revocation list in this town, so that identity asks."""
    made: Json = (await third_api.create(email="console@example.jp")).json()
    await third_api.sign(made, "hanako-good")
    await third_api.until(made, "with_clerk")

    async with at_work(stack, THIRD_TOWN, CLERK, Role.CLERK) as clerk:
        await _takes_and_opens(clerk, made)
        await clerk.press("register", kana="れいの はなこ")
        entry = PERSONAS["hanako"].address_number
        await clerk.press("decide", verdict="approve", approve_reason="seen_document", entry=entry)
    await third_api.until(made, "ready")

    async with at_work(stack, THIRD_TOWN, AUDITOR, Role.AUDITOR) as auditor:
        page = (await auditor.http.get("/acts")).raise_for_status()
        csrf = re.search(r'name="csrf" value="([\w-]+)"', page.text)
        assert csrf
        export = (await auditor.http.post("/acts/export", data={"csrf": csrf[1]})).raise_for_status()
    acts = [json.loads(line) for line in export.text.splitlines()]
    mine = [act["what"] for act in acts if act["about"] == made["request_id"]]
    assert mine == ["claim", "open", "search_register", "decide"]
    assert acts[-1]["what"] == "export"


async def test_a_question_reaches_the_applicant_and_their_answer_the_clerk(stack: Stack, second_api: Client) -> None:
    made: Json = (await second_api.create(email="enquired@example.jp")).json()
    await second_api.sign(made, "double-good")
    await second_api.pay(made)
    await second_api.until(made, "with_clerk")
    said = "はい、先月引っ越しました。"

    async with at_work(stack, SECOND_TOWN, CLERK, Role.CLERK) as clerk:
        await _takes_and_opens(clerk, made)
        await clerk.press("ask", question="moved_recently")

        async def asked() -> bool:
            return bool((await second_api.read(made))["question"])

        await comes_true(asked)
        body = {"question_id": (await second_api.read(made))["question"]["question_id"], "text": said}
        url, headers = f"/v1/requests/{made['request_id']}/answers", {"Idempotency-Key": "enquired-1"}
        assert (await second_api.http.post(url, json=body, headers=headers)).status_code == 202

        async def answered() -> bool:
            return "The applicant answered" in await clerk.look(made["request_id"])

        await comes_true(answered)
        assert said not in clerk.page.text
        assert said in await clerk.press("open", purpose="review")
        await clerk.press("decide", verdict="refuse", refuse_reason="not_the_person")
    await second_api.until(made, "refused")
