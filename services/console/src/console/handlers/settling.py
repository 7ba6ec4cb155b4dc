"""Replaying and discarding dead letters: one or many, each once, each on record before it is done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from console.domain.acts import What
from console.domain.hand import Hand
from console.domain.trouble import Letter, Prospect, Settlement, hold, let_go, settle
from console.handlers.deps import Deps
from console.ports import BrokerAway
from madoguchi.bus.dead_letters import DeadLetter
from madoguchi.contracts.flow import BY_TYPE
from madoguchi.store.aggregates import Change

BULK_AT_MOST = 50
"""Letters that one press of a button acts on."""


@dataclass(frozen=True, slots=True)
class Settling:
    """What somebody wants done with letters. `reason`: a code, of discarding."""

    how: Settlement
    reason: str = ""


Results = Mapping[str, Settlement | Prospect]
"""Letter id → what was done, or why nothing was."""


async def prospects(deps: Deps, letters: Sequence[Letter]) -> dict[str, Prospect]:
    """What replaying these (of one service) would come to, as the broker has them now. Raises `BrokerAway`."""
    there = await _there(deps, letters)
    return {letter.id: prospect(letter, there.get(letter.id)) for letter in letters}


def prospect(letter: Letter, there: DeadLetter | None) -> Prospect:
    """What replaying a letter would come to; `there`: as the broker has it now. Pure."""
    if there is None:
        return Prospect.GONE
    if there.replayed:
        return Prospect.REPLAYED
    if there.discarded is not None:
        return Prospect.DISCARDED
    if not there.readable:
        return Prospect.UNREADABLE
    row = BY_TYPE.get(there.type)
    return Prospect.WOULD_RUN if row and letter.service in row.consumers else Prospect.NO_HANDLER


async def settle_all(deps: Deps, hand: Hand, letters: Sequence[Letter], wish: Settling) -> Results:
    """Replay or discard these (of one service), one after the other. Raises `BrokerAway`, `ActsBroken`."""
    there = await _there(deps, letters)
    return {letter.id: await _settle(deps, hand, letter, there.get(letter.id), wish) for letter in letters}


async def _there(deps: Deps, letters: Sequence[Letter]) -> Mapping[str, DeadLetter]:
    services = {letter.service for letter in letters}
    found: dict[str, DeadLetter] = {}
    for service in services:
        found |= await deps.dead_letters.look(service, {one.id for one in letters if one.service == service})
    return found


async def _settle(
    deps: Deps, hand: Hand, letter: Letter, there: DeadLetter | None, wish: Settling
) -> Settlement | Prospect:
    looks = prospect(letter, there)
    if looks in (Prospect.REPLAYED, Prospect.DISCARDED):  # done elsewhere, and not heard of yet
        reason = there.discarded or "" if there else ""
        await deps.letters.apply(letter.id, lambda one: settle(one, Settlement(looks.value), hand.now, reason))
        return looks
    if wish.how is Settlement.REPLAYED and looks is not Prospect.WOULD_RUN:
        return looks
    if not await _held(deps, hand, letter):
        return Prospect.HELD
    return await _act(deps, hand, letter, there, wish)


async def _held(deps: Deps, hand: Hand, letter: Letter) -> bool:
    """Whether it is ours to act on now, and nobody else's."""
    ours = False

    def take(present: Letter | None) -> Change[Letter] | None:
        nonlocal ours
        change = hold(present, hand.staff.number, hand.now)
        ours = change is not None
        return change

    await deps.letters.apply(letter.id, take)
    return ours


async def _act(deps: Deps, hand: Hand, letter: Letter, there: DeadLetter | None, wish: Settling) -> Settlement:
    town, number = hand.staff.municipality, hand.staff.number
    what = What.REPLAY if wish.how is Settlement.REPLAYED else What.DISCARD
    record = await deps.acts.record(town, number, what, why=wish.reason, about=letter.id)
    try:
        await _publish(deps, there, wish)
    except BrokerAway:
        await deps.letters.apply(letter.id, let_go)
        await deps.acts.record(town, number, What.NOT_DONE, why=str(record.sequence), about=letter.id)
        raise
    await deps.letters.apply(letter.id, partial(settle, how=wish.how, now=hand.now, reason=wish.reason))
    return wish.how


async def _publish(deps: Deps, there: DeadLetter | None, wish: Settling) -> None:
    if there is None:
        return  # the broker has it no more: there is nothing to mark
    if wish.how is Settlement.REPLAYED:
        await deps.dead_letters.send_again(there)
    else:
        await deps.dead_letters.put_away(there, wish.reason)
