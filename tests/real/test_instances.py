"""Two of each service share the work, and are replaced one after another while residents go on."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from crowd.door import standing
from e2e.outside import Thread, all_is_well
from madoguchi.contracts.flow import SERVICES
from madoguchi.service.clock import utc_now
from madoguchi_sandbox.init import initialise
from madoguchi_sandbox.launcher.plan import SANDBOX
from madoguchi_sandbox.launcher.stack import Stack
from madoguchi_sandbox.resident import arrives
from system import layout_in, running

pytestmark = [pytest.mark.processes, pytest.mark.real, pytest.mark.timeout(300)]

TOWN = "990019"
INSTANCES = (1, 2)
RESIDENTS = 4
PACE = {"REDRIVE_SECONDS": "5", "SWEEP_SECONDS": "0.5", "PAGE_RATE_PER_MINUTE": "6000"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    layout = layout_in(tmp_path_factory.mktemp("instances"), real=True)
    initialise(layout.folder, layout.url(SANDBOX), utc_now())
    with running(layout, PACE, INSTANCES) as system:
        yield system


@pytest.fixture(autouse=True)
async def public_addresses(stack: Stack) -> AsyncIterator[None]:
    async with AsyncExitStack() as doors:
        for name in ("request-intake", "issuance"):
            behind = [stack.layout.port(name, instance) for instance in INSTANCES]
            await doors.enter_async_context(standing(stack.layout.port(name), behind))
        yield


@asynccontextmanager
async def paid(stack: Stack, number: int) -> AsyncIterator[Thread]:
    """A resident who has signed and paid."""
    async with arrives(stack.layout.url(SANDBOX), TOWN, name=f"住民{number}", card="hanako-good") as resident:
        thread = Thread(resident)
        await thread.ask()
        await thread.accepted()
        await thread.sign()
        await thread.fee_due()
        await thread.pay()
        yield thread


async def whole_thread(stack: Stack, number: int) -> None:
    """From the first message to the certificate: one, one of each notice, one payment."""
    async with paid(stack, number) as thread:
        await thread.ready()
        await all_is_well(thread)


async def consumed(stack: Stack, name: str, instance: int) -> float:
    """How many records this instance has taken."""
    async with httpx.AsyncClient() as http:
        text = (await http.get(f"{stack.layout.url(name, instance)}/metrics")).raise_for_status().text
    families = {family.name: family for family in text_string_to_metric_families(text)}
    samples = families["messaging_client_consumed_messages"].samples
    return sum(sample.value for sample in samples if sample.name.endswith("_total"))


async def test_both_instances_of_each_service_work(stack: Stack) -> None:
    await asyncio.gather(*(whole_thread(stack, number) for number in range(16)))
    taken = {(name, i): await consumed(stack, name, i) for name in SERVICES for i in INSTANCES}
    assert all(taken.values()), taken


async def test_one_of_each_is_killed_and_the_other_takes_over(stack: Stack) -> None:
    async with AsyncExitStack() as residents:
        arriving = (residents.enter_async_context(paid(stack, number)) for number in range(RESIDENTS))
        threads = await asyncio.gather(*arriving)
        for name in SERVICES:
            stack.kill(f"{name}-1")
        for thread in threads:
            await thread.ready()
            await all_is_well(thread)
    for name in SERVICES:
        stack.start(name, 1)
    await asyncio.to_thread(stack.wait_ready, *(f"{name}-1" for name in SERVICES))


async def test_a_rolling_restart_while_residents_go_on(stack: Stack) -> None:
    over = asyncio.Event()
    done = 0

    async def one_after_another(number: int) -> None:
        nonlocal done
        while not over.is_set():
            await whole_thread(stack, number)
            done += 1

    async def replace() -> None:
        try:
            for name in SERVICES:
                for instance in INSTANCES:
                    key = f"{name}-{instance}"
                    await asyncio.to_thread(stack.terminate, key)
                    stack.start(name, instance)
                    await asyncio.to_thread(stack.wait_ready, key)
        finally:
            over.set()

    await asyncio.gather(replace(), *(one_after_another(number) for number in range(RESIDENTS)))
    assert done >= 2 * RESIDENTS
    logs = [(stack.layout.logs / f"{name}-{i}.log").read_text() for name in SERVICES for i in INSTANCES]
    assert not [line for log in logs for line in log.splitlines() if "dead_letter" in line]
    assert all('"drain_cut_short"' not in log for log in logs)
