"""What services put off or set aside is seen whatever it holds, and forgotten in time."""

from dataclasses import replace

from console.domain.staff import Role
from console.handlers.watching import forget
from madoguchi.bus.codec import encode
from madoguchi.bus.record import Record
from unit.console import given as g
from unit.console.world import World

POISON = Record("madoguchi.requests.v1", g.REQUEST.encode(), b"\xff", ())


async def test_old_troubles_are_forgotten(world: World) -> None:
    (letter,) = await world.set_aside("notify", encode(g.submitted()))
    world.broker.tried_later("notify", encode(g.submitted()), 1)
    await world.sees()
    world.clock.move(29 * 24 * 3600)
    await forget(world.deps)
    assert await world.deps.letters.load(letter) is not None
    world.clock.move(2 * 24 * 3600)
    await forget(world.deps)
    assert await world.deps.letters.load(letter) is None
    assert world.documents.collections["retries"] == {}


async def test_whatever_a_record_holds_seeing_it_ends_well(world: World) -> None:
    strange = replace(POISON, headers=(("ce_type", b"\xff"), ("not-before", b"9" * 19), ("ce_subject", None)))
    world.broker.tried_later("identity", strange, 2)
    (letter,) = await world.set_aside("identity", strange, error="<script> a b")
    async with world.at_work("0042", Role.OPERATOR) as http:
        shown = await http.get(f"/dead-letters/{letter}")
    assert shown.status_code == 200
    assert "<script>" not in shown.text
