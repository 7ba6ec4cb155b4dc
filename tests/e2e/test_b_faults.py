"""Any process may die at any moment: each time one certificate, one of each notice, one payment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from e2e.conftest import SECOND_TOWN, TOWN
from e2e.outside import Thread, notices
from madoguchi_sandbox.launcher.plan import BROKER, SANDBOX
from madoguchi_sandbox.launcher.stack import Stack
from madoguchi_sandbox.resident import Resident, arrives

pytestmark = pytest.mark.processes

ONCE = {"accepted": 1, "proof_needed": 1, "fee_due": 1, "ready": 1}


@asynccontextmanager
async def dead(stack: Stack, name: str) -> AsyncIterator[None]:
    """`name` is killed (`kill -9`) for the time of the block, then started again."""
    await asyncio.to_thread(stack.kill, name)
    try:
        yield
    finally:
        stack.start(name)
        await asyncio.to_thread(stack.wait_ready, name)


async def all_is_well(thread: Thread) -> None:
    """One certificate, one of each notice, one payment."""
    first = await thread.certificate()
    assert first == await thread.certificate()
    assert notices(await thread.settled()) == ONCE
    assert len(await thread.charges()) == 1


@pytest.mark.parametrize("victim", ["identity", "issuance", "notify"])
async def test_a_service_killed_when_the_signature_arrives(stack: Stack, resident: Resident, victim: str) -> None:
    thread = Thread(resident)
    await thread.ask()
    await thread.accepted()
    async with dead(stack, victim):
        await thread.sign()
        await asyncio.sleep(0.3)
    await thread.fee_due()
    await thread.pay()
    await thread.ready()
    await all_is_well(thread)


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.2])
@pytest.mark.parametrize("victim", ["request-intake", "issuance", "notify"])
async def test_a_service_killed_in_the_middle_of_its_work(
    stack: Stack, resident: Resident, victim: str, delay: float
) -> None:
    thread = Thread(resident)
    await thread.ask()
    await thread.accepted()
    await thread.sign()
    await thread.fee_due()
    await thread.pay()
    await asyncio.sleep(delay)
    async with dead(stack, victim):
        pass
    await thread.ready()
    await all_is_well(thread)


async def test_intake_killed_while_the_chat_goes_on(stack: Stack, resident: Resident) -> None:
    thread = Thread(resident)
    await resident.say("住民票がほしい")
    await resident.expect_words("どなたの")
    async with dead(stack, "request-intake"):
        await resident.say("本人だけ")
    await resident.expect_words("載せる項目")
    for said, expected in (("何も載せない", "メールでも"), ("メールはいらない", "ご確認ください")):
        await resident.say(said)
        await resident.expect_words(expected)
    await resident.say("はい")
    async with dead(stack, "request-intake"):
        pass
    await thread.accepted()
    await thread.sign()
    await thread.fee_due()
    await thread.pay()
    await thread.ready()
    await all_is_well(thread)


async def test_the_broker_killed_and_everything_it_held_is_lost(stack: Stack, resident: Resident) -> None:
    thread = Thread(resident)
    await thread.ask()
    await thread.accepted()
    async with dead(stack, BROKER):
        await thread.sign()
    await thread.fee_due()
    await thread.pay()
    async with dead(stack, BROKER):
        await asyncio.sleep(0.5)
    await thread.ready(within=60)
    await all_is_well(thread)


async def test_paid_before_verified_is_the_same_to_issuance(stack: Stack) -> None:
    async with arrives(stack.layout.url(SANDBOX), SECOND_TOWN, name="二つ目の町", card="hanako-good") as resident:
        thread = Thread(resident)
        await thread.ask()
        await thread.accepted()
        async with dead(stack, "identity"):
            await thread.sign()
            await thread.fee_due()
            await thread.pay()
            await asyncio.sleep(1)
        await thread.ready()
        await all_is_well(thread)


async def test_a_towns_link_opens_nothing_of_another_town(stack: Stack, resident: Resident) -> None:
    async with arrives(stack.layout.url(SANDBOX), SECOND_TOWN, name="二つ目の町", card="hanako-good") as neighbour:
        mine, theirs = Thread(resident), Thread(neighbour)
        for thread in (mine, theirs):
            await thread.ask()
            await thread.accepted()
    secrets = stack.layout.folder / "secrets"
    for key in ("data-key.bin", "index-key.bin", "link-key.bin"):
        assert (secrets / TOWN / key).read_bytes() != (secrets / SECOND_TOWN / key).read_bytes()
    request, expiry, mac = mine.status_url.split("/r/")[1].split(".")
    other_request, other_expiry, other_mac = theirs.status_url.split("/r/")[1].split(".")
    root = mine.status_url.split("/r/")[0]
    for token in (f"{request}.{expiry}.{other_mac}", f"{other_request}.{other_expiry}.{mac}"):
        assert (await resident.http.get(f"{root}/r/{token}")).status_code == 404
