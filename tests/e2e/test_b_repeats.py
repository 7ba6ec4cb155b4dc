"""Every event twice, late, in any order: one certificate, one of each notice, one payment."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from e2e.faults import dead, forget_everything, from_the_fee_on, to_the_signature
from e2e.inside import Archive, everything, publish
from e2e.outside import Thread, all_is_well
from e2e.rest import Client
from madoguchi.bus.record import Record
from madoguchi.contracts.flow import TOPICS
from madoguchi_sandbox.launcher.plan import SANDBOX
from madoguchi_sandbox.launcher.stack import Stack
from madoguchi_sandbox.resident import Resident, arrives
from towns import SECOND_TOWN

pytestmark = pytest.mark.processes

AGAIN = ("said-again", b"1")
MAIN = frozenset(TOPICS.values())


async def say_again(stack: Stack, chance: random.Random, said: set[tuple[str, int, int]]) -> int:
    """Publish once more, shuffled, everything on the main topics that is not in `said`; how much it was."""
    fresh = [r for r in await everything(stack) if r.topic in MAIN and (r.topic, r.partition, r.offset) not in said]
    said |= {(record.topic, record.partition, record.offset) for record in fresh}
    again = [Record(r.topic, r.key, r.value, (*r.headers, AGAIN)) for r in fresh if AGAIN not in r.headers]
    chance.shuffle(again)
    await publish(stack, again)
    return len(again)


@asynccontextmanager
async def an_echo(stack: Stack) -> AsyncIterator[set[tuple[str, int, int]]]:
    """While it lasts, every event comes a second time, a little later and in another order."""
    said = {(record.topic, record.partition, record.offset) for record in await everything(stack)}
    chance = random.Random(20261123)

    async def echo() -> None:
        while True:
            await say_again(stack, chance, said)
            await asyncio.sleep(0.1)

    task = asyncio.create_task(echo())
    try:
        yield said
    finally:
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled():
            task.result()


async def test_every_event_twice_while_threads_run_and_once_more_long_after(stack: Stack, resident: Resident) -> None:
    sandbox = stack.layout.url(SANDBOX)
    async with arrives(sandbox, SECOND_TOWN, name="二つ目の町", card="taro-good") as neighbour:
        threads = Thread(resident), Thread(neighbour)
        async with an_echo(stack):
            for thread in threads:
                await to_the_signature(thread)
                await thread.sign()
                await from_the_fee_on(thread)
        assert await say_again(stack, random.Random(7), set()) >= 2 * 10
        for thread in threads:
            await all_is_well(thread)
            assert await thread.status() == "ready"


@pytest.mark.embedded
async def test_first_heard_in_reverse(stack: Stack, archive: Archive, second_api: Client) -> None:
    """Issuance and notify hear of a paid and verified request for the first time in the wrong order."""
    async with dead(stack, "issuance", "notify"):
        made = (await second_api.create(email="reverse@example.jp")).json()
        await second_api.sign(made, "hanako-good")
        await second_api.pay(made)
        heard = await _until_verified_and_paid(stack, made["request_id"])
        await archive.look(stack)
        await forget_everything(stack)
        await publish(stack, reversed(heard))
    await second_api.until(made, "ready")
    mails = await second_api.mails("reverse@example.jp", at_least=4)
    assert sorted(mails) == sorted(["accepted", "proof_needed", "fee_due", "ready"])


async def _until_verified_and_paid(stack: Stack, request_id: str) -> list[Record]:
    wanted = {"jp.madoguchi.identity.verified.v1", "jp.madoguchi.fee.settled.v1"}
    async with asyncio.timeout(30):
        while True:
            heard = [r for r in await everything(stack) if r.key == request_id.encode() and r.topic in MAIN]
            if wanted <= {record.header("ce_type") for record in heard}:
                return heard
            await asyncio.sleep(0.1)
