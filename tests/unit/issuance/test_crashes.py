"""The process dies, a peer does not answer: the same number, one entry, one file."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from issuance.handlers.progress import sweep
from unit.issuance.world import World, issued, kinds

A_DAY = timedelta(days=1)


class Crash(Exception):
    """The process died here."""


# Part of the world, its method, which call of it, and whether the process dies before or after the call.
CRASHES = {
    "before the number is fixed": ("cases", "apply", 2, "before"),
    "after the number is fixed": ("cases", "apply", 2, "after"),
    "before printing": ("press", "make", 1, "before"),
    "after printing": ("press", "make", 1, "after"),
    "before the file is sealed": ("vault", "seal", 1, "before"),
    "before the file is stored": ("certificates", "keep", 1, "before"),
    "after the file is stored": ("certificates", "keep", 1, "after"),
    "before the ledger": ("ledger", "apply", 1, "before"),
    "after the ledger": ("ledger", "apply", 1, "after"),
    "before the case is saved": ("cases", "apply", 3, "before"),
    "after the case is saved": ("cases", "apply", 3, "after"),
}


class Mortal:
    """Stands in for a part of the world, and dies at one call."""

    def __init__(self, real: Any, method: str, call: int, when: str) -> None:
        self._real, self._method, self._left, self._when = real, method, call, when

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        return self._dying(found) if name == self._method else found

    def _dying(self, act: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def wrapped(*args: Any, **kwargs: Any) -> Any:
            self._left -= 1
            if self._left == 0 and self._when == "before":
                raise Crash
            result = await act(*args, **kwargs)
            if self._left == 0:
                raise Crash
            return result

        return wrapped


@pytest.mark.parametrize("where", CRASHES)
async def test_a_crash_anywhere_gives_the_same_number_one_entry_one_file(world: World, where: str) -> None:
    submitted, verified, settled = await world.thread()
    await world.send(submitted, verified)
    part, method, call, when = CRASHES[where]
    good = world.deps
    world.deps = replace(good, **{part: Mortal(getattr(good, part), method, call, when)})  # type: ignore[arg-type]
    with pytest.raises(Crash):
        await world.send(settled)
    world.deps = good
    await world.send(settled)
    assert kinds(await world.sent()) == ["IssuanceEligible", "CertificateIssued"]
    (entry,), (stored,) = world.entries(), world.certificates()
    assert entry["_id"] == stored["_id"] == issued(await world.sent()).certificate_number
    assert entry["state"]["sha256"] == stored["sha256"] == issued(await world.sent()).sha256


async def test_a_crash_over_midnight_keeps_the_day_that_was_fixed(world: World) -> None:
    events = await world.thread()
    world.press.fails = [ConnectionError("the time-stamp authority")]
    with pytest.raises(ConnectionError):
        await world.send(*events)
    fixed = (await world.case()).issuing
    world.clock.now += A_DAY
    await sweep(world.deps)
    assert fixed is not None
    assert issued(await world.sent()).certificate_number == fixed.number


async def test_the_sweep_goes_on_where_nobody_else_does_and_one_stuck_case_holds_up_nobody(world: World) -> None:
    world.press.fails = [ConnectionError("down")] * 3
    with pytest.raises(ConnectionError):
        await world.send(*await world.thread())
    for _ in range(4):
        world.clock.now += A_DAY
        await sweep(world.deps)
    assert kinds(await world.sent())[-1] == "CertificateIssued"
