"""How often issuance goes to the store: what a certificate costs there, apart from publishing."""

from collections import Counter

import pytest

from counting import counted
from issuance.domain.case import Standing
from unit.issuance.world import World

WAYS = {"get": 6, "replace": 6, "insert": 2}
"""Read: the case; for each of two looks a key and the chain of access records; a key to seal with. Written: the case
four times, the chain twice. New: the file, the entry in the ledger."""


async def test_from_verified_to_issued(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    submitted, verified, settled = await world.thread()
    await world.send(submitted, settled)
    calls = counted(world.documents, monkeypatch)
    await world.send(verified)
    assert Counter(calls) == WAYS
    assert (await world.case()).standing is Standing.ISSUED
