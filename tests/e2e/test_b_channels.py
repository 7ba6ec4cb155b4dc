"""The outside world misbehaves: webhooks come twice, late and shuffled, channels and mail relay refuse for a while."""

import asyncio
from collections import Counter
from functools import partial

import pytest

from e2e.outside import ONCE, Thread, all_is_well, arm, comes_true
from e2e.rest import Client
from madoguchi_sandbox.launcher.plan import SANDBOX
from madoguchi_sandbox.launcher.stack import Stack
from madoguchi_sandbox.resident import Json, Resident, arrives, words
from towns import TOWN

pytestmark = pytest.mark.processes


async def test_chat_webhooks_twice_late_and_shuffled(resident: Resident) -> None:
    thread = Thread(resident)
    await arm(resident, "line", "duplicate", count=6)
    await arm(resident, "line", "late", seconds=0.7)
    await thread.ask()
    await thread.accepted()
    asked_together = [
        {"user_id": resident.user_id, "kind": "text", "text": "いまどこ？"},
        {"user_id": resident.user_id, "kind": "sticker"},
        {"user_id": resident.user_id, "kind": "text", "text": "だれが見た？"},
    ]
    await arm(resident, "line", "duplicate")
    url = f"{resident.sandbox}/line/_control/batch"
    town = {"municipality": resident.municipality}
    (await resident.http.post(url, params=town, json={"acts": asked_together, "shuffle": True})).raise_for_status()
    await thread.sign()
    await thread.fee_due()
    await thread.pay()
    await thread.ready()
    await all_is_well(thread)
    said = _said(await resident.thread())
    assert max(said.values()) == 1, "an answer came twice"
    assert (await _statistics(resident))["faults_struck"]["duplicate"] >= 6


async def _statistics(resident: Resident) -> Json:
    """What the chat platform counted for the resident's town."""
    url, town = f"{resident.sandbox}/line/_control/statistics", {"municipality": resident.municipality}
    return dict((await resident.http.get(url, params=town)).raise_for_status().json())


def _said(thread: list[Json]) -> Counter[str]:
    return Counter(words(entry["message"]) for entry in thread if entry["from"] != "resident")


async def test_payment_webhook_twice_and_late_and_a_second_click(second_api: Client, resident: Resident) -> None:
    made = (await second_api.create(email="twice@example.jp")).json()
    await second_api.sign(made, "hanako-good")
    await arm(resident, "pay", "late_webhook", seconds=0.5)
    await arm(resident, "pay", "duplicate_webhook")
    await second_api.pay(made)
    ready = await second_api.until(made, "ready")
    assert ready["fee"]["paid"]
    assert len(await second_api.charges(made)) == 1
    assert Counter(await second_api.mails("twice@example.jp", at_least=4)) == ONCE


async def test_payment_webhook_that_never_comes_is_asked_for(api: Client, resident: Resident) -> None:
    made = (await api.create()).json()
    await api.sign(made, "hanako-good")
    await api.until(made, "fee_due")
    await arm(resident, "pay", "drop_webhook", count=1000)
    try:
        await api.pay(made)
        await api.until(made, "ready")
    finally:
        await resident.http.delete(f"{resident.sandbox}/pay/_control/faults")
    assert len(await api.charges(made)) == 1


async def test_chat_and_mail_refuse_for_a_while(stack: Stack) -> None:
    sandbox = stack.layout.url(SANDBOX)
    async with (
        arrives(sandbox, TOWN, name="一人目", card="hanako-good") as one,
        arrives(sandbox, TOWN, name="二人目", card="taro-good") as other,
    ):
        threads = Thread(one), Thread(other)
        await asyncio.gather(threads[0].ask(email="refused-one@example.jp"), threads[1].ask())
        await asyncio.gather(*(thread.accepted() for thread in threads))
        await arm(one, "line", "timeout_after_success")
        await arm(one, "mail", "451")
        await asyncio.gather(*(thread.sign() for thread in threads))
        await asyncio.gather(*(thread.fee_due() for thread in threads))
        await comes_true(partial(_accepted_again, one))
        for kind in ("500", "429_rate"):
            await arm(one, "line", kind)
        await asyncio.gather(*(thread.pay() for thread in threads))
        await asyncio.gather(*(thread.ready(within=60) for thread in threads))
        assert (await _statistics(one))["faults_struck"].keys() >= {"500", "429_rate", "timeout_after_success"}
        for thread in threads:
            await all_is_well(thread)
        mails = await one.mails("refused-one@example.jp")
        assert len(mails) == len({mail["message_id"] for mail in mails}) == 4


async def _accepted_again(resident: Resident) -> bool:
    """Whether the platform recognised a repeat by its retry key."""
    return int((await _statistics(resident))["duplicates_by_retry_key"]) >= 1
