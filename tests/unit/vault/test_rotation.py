"""A key is changed while processes with the old list and with the new one work side by side; then the old one goes."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from madoguchi.contracts.personal import Contact
from madoguchi.store.port import Collection, Document
from madoguchi.testing.documents import MemoryDocuments
from madoguchi.testing.vault import MOMENT
from madoguchi.vault import rewrap as r
from madoguchi.vault.keys import FileKeyWrapper, TownKeys
from madoguchi.vault.port import Access, KeyErased, LegalBasis, Purpose, SealBroken
from madoguchi.vault.vault import ACCESS_CHAINS, DATA_KEYS, StoredVault

TOWN = "990019"
ACCESS = Access("notify", Purpose.SEND_NOTICE, LegalBasis.CONSENT)
CONTACT = Contact(email="hanako@example.jp")
OLD, NEW = b"o" * 32, b"n" * 32
SUBJECTS = [f"req_{number:026d}" for number in range(7)]

STEPS = [(OLD,), (OLD, NEW), (NEW, OLD), (NEW,)]
"""Lists of keys, as the runbook changes them: known to all, then used by all, then the old one gone."""


def keys(*generations: bytes) -> TownKeys:
    newest, *older = generations
    return TownKeys({TOWN: FileKeyWrapper(TOWN, newest, tuple(older))}, {TOWN: generations})


def vault(documents: MemoryDocuments, *generations: bytes) -> StoredVault:
    return StoredVault(documents, keys(*generations), lambda: MOMENT)


@pytest.fixture
def documents() -> MemoryDocuments:
    return MemoryDocuments()


async def sealed_under(documents: MemoryDocuments, *generations: bytes) -> dict[str, str]:
    old = vault(documents, *generations)
    sealed = {}
    for subject in SUBJECTS:
        await old.create_key(subject, TOWN)
        sealed[subject] = await old.seal(subject, "contact", CONTACT)
        await old.open(subject, sealed[subject], Contact, ACCESS)
    return sealed


@pytest.mark.parametrize(("before", "after"), list(itertools.pairwise(STEPS)))
async def test_in_every_step_old_and_new_processes_read_each_other(
    documents: MemoryDocuments, before: tuple[bytes, ...], after: tuple[bytes, ...]
) -> None:
    one, other = vault(documents, *before), vault(documents, *after)
    for number, (writer, reader) in enumerate([(one, other), (other, one)]):
        subject = SUBJECTS[number]
        await writer.create_key(subject, TOWN)
        sealed = await writer.seal(subject, "contact", CONTACT)
        for each in (writer, reader, writer):
            assert await each.open(subject, sealed, Contact, ACCESS) == CONTACT
        assert len(await reader.access_log(subject)) == 3
        assert set(writer.pseudonyms(TOWN, "line_user", "U1")) & set(reader.pseudonyms(TOWN, "line_user", "U1"))


async def test_a_step_left_out_would_be_noticed(documents: MemoryDocuments) -> None:
    sealed = await sealed_under(documents, OLD)
    with pytest.raises(SealBroken):
        await vault(documents, NEW).open(SUBJECTS[0], sealed[SUBJECTS[0]], Contact, ACCESS)
    with pytest.raises(SealBroken):
        await vault(documents, NEW).access_log(SUBJECTS[0])


async def test_after_rewrapping_the_old_key_is_needed_no_more(documents: MemoryDocuments) -> None:
    sealed = await sealed_under(documents, OLD)
    looked = await r.rewrap(documents, keys(NEW, OLD), only_look=True)
    assert {name: (t.done, t.left) for name, t in looked.items()} == {"data_keys": (0, 7), "access_chains": (0, 7)}
    assert not any(t.finished for t in looked.values())
    done = await r.rewrap(documents, keys(NEW, OLD))
    assert {name: (t.done, t.left, t.good) for name, t in done.items()} == {
        "data_keys": (7, 0, 0),
        "access_chains": (7, 0, 0),
    }
    again = await r.rewrap(documents, keys(NEW, OLD))
    assert {name: (t.done, t.good) for name, t in again.items()} == {"data_keys": (0, 7), "access_chains": (0, 7)}
    new = vault(documents, NEW)
    for subject in SUBJECTS:
        assert await new.open(subject, sealed[subject], Contact, ACCESS) == CONTACT
        assert len(await new.access_log(subject)) == 2


async def test_it_goes_on_where_it_was_broken_off(documents: MemoryDocuments, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = await sealed_under(documents, OLD)
    writes = 0
    genuine = documents.replace

    async def dying(collection: Collection, document: Document) -> None:
        nonlocal writes
        writes += 1
        if writes == 4:
            raise KeyboardInterrupt
        await genuine(collection, document)

    monkeypatch.setattr(documents, "replace", dying)
    with pytest.raises(KeyboardInterrupt):
        await r.rewrap(documents, keys(NEW, OLD))
    done = await r.rewrap(documents, keys(NEW, OLD))
    assert (done["data_keys"].good, done["data_keys"].done) == (3, 4)
    assert await vault(documents, NEW).open(SUBJECTS[6], sealed[SUBJECTS[6]], Contact, ACCESS) == CONTACT


@pytest.mark.parametrize("act", ["erase", "look"])
async def test_what_happens_at_the_same_moment_is_not_undone(
    documents: MemoryDocuments, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    sealed = await sealed_under(documents, OLD)
    old, genuine, subject = vault(documents, OLD, NEW), documents.replace, SUBJECTS[2]
    happened: list[bool] = []

    async def meanwhile(collection: Collection, document: Document) -> None:
        if document["_id"] == subject and not happened:
            happened.append(True)
            if act == "erase":
                await old.erase(subject)
            else:
                await old.create_key(subject, TOWN)
                await old.open(subject, sealed[subject], Contact, ACCESS)
        await genuine(collection, document)

    monkeypatch.setattr(documents, "replace", meanwhile)
    await r.rewrap(documents, keys(NEW, OLD))
    last = await r.rewrap(documents, keys(NEW, OLD))
    assert happened
    assert all(t.finished for t in last.values())
    new = vault(documents, NEW)
    if act == "erase":
        with pytest.raises(KeyErased):
            await new.open(subject, sealed[subject], Contact, ACCESS)
    else:
        assert len(await new.access_log(subject)) == 2


DAMAGE: dict[str, Callable[[dict[str, Any]], Any]] = {
    "data_keys": lambda document: document.update(wrapped="AAAA" + document["wrapped"][4:]),
    "access_chains": lambda document: document.update(records=document["records"][:-1]),
}


@pytest.mark.parametrize("name", DAMAGE)
async def test_what_was_tampered_with_is_named_and_never_made_good(documents: MemoryDocuments, name: str) -> None:
    await sealed_under(documents, OLD)
    damaged = documents.collections[name][SUBJECTS[3]]
    DAMAGE[name](damaged)
    before = dict(damaged)
    found = await r.rewrap(documents, keys(NEW, OLD))
    assert found[name].broken == (SUBJECTS[3],)
    assert not found[name].finished
    assert documents.collections[name][SUBJECTS[3]] == before


async def test_a_town_that_is_not_known_here_is_not_passed_over_in_silence(documents: MemoryDocuments) -> None:
    await sealed_under(documents, OLD)
    other = TownKeys({"990027": FileKeyWrapper("990027", NEW)}, {"990027": (NEW,)})
    found = await r.rewrap(documents, other)
    assert len(found["data_keys"].broken) == len(found["access_chains"].broken) == 7


async def test_erased_keys_stay_as_they_are(documents: MemoryDocuments) -> None:
    await sealed_under(documents, OLD)
    await vault(documents, OLD).erase(SUBJECTS[0])
    tombstone = await documents.get(DATA_KEYS, SUBJECTS[0])
    found = await r.rewrap(documents, keys(NEW, OLD))
    assert await documents.get(DATA_KEYS, SUBJECTS[0]) == tombstone
    assert (found["data_keys"].done, found["access_chains"].done) == (6, 7)
    chain = await documents.get(ACCESS_CHAINS, SUBJECTS[0])
    assert chain is not None
    assert len(await vault(documents, NEW).access_log(SUBJECTS[0])) == 1


def test_a_generation_is_told_apart_but_not_told() -> None:
    assert keys(NEW, OLD).generation(TOWN) == keys(NEW).generation(TOWN) != keys(OLD, NEW).generation(TOWN)
