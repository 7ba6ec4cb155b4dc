"""The chain of acts: nothing is changed, moved, removed or cut off unseen, and no crash leaves a gap."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from console.adapters.acts import ACTS, StoredActs
from console.domain.acts import ActsBroken, What
from madoguchi.store.port import Collection, Document
from madoguchi.testing.clock import HandClock
from madoguchi.testing.documents import MemoryDocuments
from madoguchi.testing.vault import town_keys
from madoguchi.vault.keys import TownKeys
from unit.console import given as g

KEYS = town_keys(g.TOWN)


def acts_in(documents: MemoryDocuments, keys: TownKeys = KEYS) -> StoredActs:
    return StoredActs(
        documents, lambda town, length, end: keys.chain_macs(town, f"acts:{town}", length, end), HandClock()
    )


async def three(documents: MemoryDocuments) -> StoredActs:
    acts = acts_in(documents)
    for what in (What.CLAIM, What.OPEN, What.PROPOSE):
        await acts.record(g.TOWN, "0042", what, about=g.REQUEST)
    return acts


def held(documents: MemoryDocuments) -> dict[str, Document]:
    return documents.collections["acts"]


async def test_acts_are_kept_in_order() -> None:
    acts = await three(MemoryDocuments())
    assert [act.what async for act in acts.every(g.TOWN)] == [What.CLAIM, What.OPEN, What.PROPOSE]
    assert [act.sequence for act in await acts.latest(g.TOWN)] == [3, 2, 1]
    assert [act.what for act in await acts.about(g.REQUEST)] == [What.CLAIM, What.OPEN, What.PROPOSE]
    assert await acts.verify(g.TOWN) == 3


async def test_a_town_without_acts_is_whole() -> None:
    assert await acts_in(MemoryDocuments()).verify(g.TOWN) == 0


async def test_many_at_once_make_one_chain() -> None:
    documents = MemoryDocuments()
    await asyncio.gather(*(acts_in(documents).record(g.TOWN, str(n), What.OPEN) for n in range(20)))
    assert await acts_in(documents).verify(g.TOWN) == 20
    assert {document["act"]["staff"] for document in held(documents).values()} == {str(n) for n in range(20)}


@pytest.mark.parametrize("field", ["staff", "what", "why", "about", "at", "previous", "digest"])
async def test_a_changed_act_shows(field: str) -> None:
    documents = MemoryDocuments()
    acts = await three(documents)
    changed = {"at": "2026-11-24T00:00:00Z", "what": "login"}.get(field, "00")
    held(documents)[f"{g.TOWN}:000000000002"]["act"][field] = changed
    with pytest.raises(ActsBroken):
        await acts.verify(g.TOWN)


@pytest.mark.parametrize("number", [1, 2])
async def test_a_removed_act_shows(number: int) -> None:
    documents = MemoryDocuments()
    acts = await three(documents)
    del held(documents)[f"{g.TOWN}:{number:012d}"]
    with pytest.raises(ActsBroken):
        await acts.verify(g.TOWN)


async def test_an_end_that_was_cut_off_shows() -> None:
    documents = MemoryDocuments()
    acts = await three(documents)
    for number in (2, 3):
        del held(documents)[f"{g.TOWN}:{number:012d}"]
    with pytest.raises(ActsBroken):
        await acts.verify(g.TOWN)


async def test_a_head_that_was_set_back_without_the_key_shows_and_nothing_more_is_recorded() -> None:
    documents = MemoryDocuments()
    acts = await three(documents)
    del held(documents)[f"{g.TOWN}:000000000003"]
    head = documents.collections["act_heads"][g.TOWN]
    head["last"] = held(documents)[f"{g.TOWN}:000000000002"]["act"]
    for attempt in (acts.verify(g.TOWN), acts.record(g.TOWN, "0042", What.OPEN)):
        with pytest.raises(ActsBroken):
            await attempt


async def test_acts_without_their_head_show() -> None:
    documents = MemoryDocuments()
    acts = await three(documents)
    del documents.collections["act_heads"][g.TOWN]
    with pytest.raises(ActsBroken):
        await acts.verify(g.TOWN)


class Dies(Exception):
    """The process ends here."""


class DyingDocuments(MemoryDocuments):
    """Dies when an act is to be inserted."""

    async def insert(self, collection: Collection, document: dict[str, Any]) -> None:
        if collection is ACTS:
            raise Dies
        await super().insert(collection, document)


async def test_an_act_whose_process_died_between_head_and_act_is_there_all_the_same() -> None:
    documents = MemoryDocuments()
    await three(documents)
    with pytest.raises(Dies):
        await acts_in(DyingDocuments(documents.collections)).record(g.TOWN, "0042", What.CONFIRM)
    acts = acts_in(documents)
    assert await acts.verify(g.TOWN) == 4
    await acts.record(g.TOWN, "0042", What.RELEASE)
    assert [act.what async for act in acts.every(g.TOWN)][3:] == [What.CONFIRM, What.RELEASE]


async def test_the_town_may_change_its_key_and_the_chain_goes_on() -> None:
    documents = MemoryDocuments()
    await three(documents)
    old = KEYS.index_keys[g.TOWN]
    both, new = replace(KEYS, index_keys={g.TOWN: (b"n" * 32, *old)}), replace(KEYS, index_keys={g.TOWN: (b"n" * 32,)})
    with pytest.raises(ActsBroken):
        await acts_in(documents, new).verify(g.TOWN)
    await acts_in(documents, both).record(g.TOWN, "0042", What.RELEASE, about=g.REQUEST)
    assert await acts_in(documents, new).verify(g.TOWN) == 4


async def test_a_changed_key_is_taken_up_without_another_act() -> None:
    documents = MemoryDocuments()
    await three(documents)
    old = KEYS.index_keys[g.TOWN]
    both, new = replace(KEYS, index_keys={g.TOWN: (b"n" * 32, *old)}), replace(KEYS, index_keys={g.TOWN: (b"n" * 32,)})
    assert [await acts_in(documents, both).renew(g.TOWN) for _ in range(2)] == [True, False]
    assert await acts_in(documents, new).verify(g.TOWN) == 3
    assert not await acts_in(MemoryDocuments(), both).renew(g.TOWN), "a town without acts"


async def test_what_was_tampered_with_is_not_taken_up() -> None:
    documents = MemoryDocuments()
    await three(documents)
    documents.collections["act_heads"][g.TOWN]["mac"] = "0" * 64
    both = replace(KEYS, index_keys={g.TOWN: (b"n" * 32, *KEYS.index_keys[g.TOWN])})
    head = dict(documents.collections["act_heads"][g.TOWN])
    with pytest.raises(ActsBroken):
        await acts_in(documents, both).renew(g.TOWN)
    assert documents.collections["act_heads"][g.TOWN] == head
