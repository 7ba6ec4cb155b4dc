"""Any process may die at any moment: each time one certificate, one of each notice, one payment."""

import asyncio

import pytest

from e2e.faults import broker_itself, dead, forget_everything, from_the_fee_on, to_the_signature
from e2e.inside import Archive
from e2e.outside import Thread, all_is_well
from madoguchi_sandbox.launcher.plan import BROKER, SANDBOX
from madoguchi_sandbox.launcher.stack import Stack
from madoguchi_sandbox.resident import Resident, arrives
from towns import SECOND_TOWN, TOWN

pytestmark = pytest.mark.processes


@pytest.mark.parametrize(("victim", "delay"), [("request-intake", 0.05), ("issuance", 0.15), ("notify", 0.2)])
async def test_a_service_killed_in_the_middle_of_its_work(
    stack: Stack, resident: Resident, victim: str, delay: float
) -> None:
    thread = Thread(resident)
    await to_the_signature(thread)
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
    await from_the_fee_on(thread)


@pytest.mark.own_servers
async def test_the_broker_killed_twice(stack: Stack, archive: Archive, resident: Resident) -> None:
    thread = Thread(resident)
    await to_the_signature(thread)
    await archive.look(stack)
    async with dead(stack, BROKER):
        await thread.sign()
    await thread.fee_due()
    await thread.pay()
    await archive.look(stack)
    async with dead(stack, BROKER):
        pass
    await thread.ready(within=60)
    await all_is_well(thread)


@pytest.mark.embedded
async def test_only_what_is_behind_the_brokers_address_killed(
    stack: Stack, archive: Archive, resident: Resident
) -> None:
    thread = Thread(resident)
    await to_the_signature(thread)
    await archive.look(stack)
    await thread.sign()
    before = broker_itself(stack)
    await forget_everything(stack)
    await thread.fee_due()
    assert broker_itself(stack) != before
    assert stack.alive(BROKER)
    await archive.look(stack)
    await forget_everything(stack)
    await thread.pay()
    await thread.ready(within=60)
    await all_is_well(thread)


async def test_identity_is_dead_when_the_signature_arrives_and_the_fee_is_paid_meanwhile(stack: Stack) -> None:
    """Paid before verified is the same to issuance."""
    async with arrives(stack.layout.url(SANDBOX), SECOND_TOWN, name="二つ目の町", card="hanako-good") as resident:
        thread = Thread(resident)
        await to_the_signature(thread)
        async with dead(stack, "identity"):
            await thread.sign()
            await thread.fee_due()
            await thread.pay()
            await thread.until("checking")
        await thread.ready()
        await all_is_well(thread)


async def test_a_towns_link_opens_nothing_of_another_town(stack: Stack, resident: Resident) -> None:
    async with arrives(stack.layout.url(SANDBOX), SECOND_TOWN, name="二つ目の町", card="hanako-good") as neighbour:
        mine, theirs = Thread(resident), Thread(neighbour)
        for thread in (mine, theirs):
            await to_the_signature(thread)
    secrets = stack.layout.folder / "secrets"
    for key in ("data-key.bin", "index-key.bin", "link-key.bin"):
        assert (secrets / TOWN / key).read_bytes() != (secrets / SECOND_TOWN / key).read_bytes()
    request, expiry, mac = mine.status_url.split("/r/")[1].split(".")
    other_request, other_expiry, other_mac = theirs.status_url.split("/r/")[1].split(".")
    root = mine.status_url.split("/r/")[0]
    for token in (f"{request}.{expiry}.{other_mac}", f"{other_request}.{other_expiry}.{mac}"):
        assert (await resident.http.get(f"{root}/r/{token}")).status_code == 404
