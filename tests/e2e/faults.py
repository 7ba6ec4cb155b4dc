"""Killing processes, and the parts of a thread around it."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from e2e.outside import Thread, all_is_well, comes_true
from madoguchi_sandbox.launcher.plan import BROKER
from madoguchi_sandbox.launcher.stack import Stack


@asynccontextmanager
async def dead(stack: Stack, *names: str) -> AsyncIterator[None]:
    """These are killed (`kill -9`) for the time of the block, then started again."""
    for name in names:
        await asyncio.to_thread(stack.kill, name)
    try:
        yield
    finally:
        for name in names:
            stack.start(name)
        await asyncio.to_thread(stack.wait_ready, *names)


def broker_itself(stack: Stack) -> int:
    """The process behind the broker's fixed address."""
    pid = stack.pids[BROKER]
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[0]) if children else 0


async def forget_everything(stack: Stack) -> None:
    """The process behind the broker's address is killed; all that the broker held is gone. Another takes its place."""
    before = broker_itself(stack)
    os.kill(before, signal.SIGKILL)

    async def another() -> bool:
        return broker_itself(stack) not in (before, 0)

    await comes_true(another)


async def to_the_signature(thread: Thread) -> None:
    """Everything before it."""
    await thread.ask()
    await thread.accepted()


async def from_the_fee_on(thread: Thread) -> None:
    """Everything after the signature, and whether all is well."""
    await thread.fee_due()
    await thread.pay()
    await thread.ready()
    await all_is_well(thread)
