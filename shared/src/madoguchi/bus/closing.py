"""Letting go of a Kafka client whose broker may be gone: its own `stop` may hang, or raise a `CancelledError` not meant
for us. Every client has a connection pool under it that must be closed in any case.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

STOP_SECONDS: Final = 5.0


async def let_go(stop: Coroutine[Any, Any, None], pool: Any) -> None:
    """Run `stop` for a while, then close `pool` if that did not go well. Raises nothing of theirs."""
    if await _went_well(stop):
        return
    await _went_well(pool.close())


async def _went_well(work: Coroutine[Any, Any, None]) -> bool:
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=STOP_SECONDS)
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=1.0)
    return task.done() and not task.cancelled() and task.exception() is None
