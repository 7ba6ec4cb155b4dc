"""The vault is the only door: no record, no plaintext; no key, no plaintext."""

import asyncio
import copy
import json

import pytest

from madoguchi.contracts.personal import Contact, NamedPerson, ReviewNote
from madoguchi.store.port import Collection, Document
from madoguchi.testing.documents import MemoryDocuments
from madoguchi.testing.vault import MOMENT, memory_vault, town_keys
from madoguchi.vault.port import Access, KeyErased, LegalBasis, Purpose, SealBroken, Vault
from madoguchi.vault.vault import ACCESS_CHAINS, StoredVault

TOWN, OTHER_TOWN = "990019", "990027"
SUBJECT, OTHER = "req_01hzzzzzzzzzzzzzzzzzzzzzzz", "req_01hyyyyyyyyyyyyyyyyyyyyyyy"
ACCESS = Access("notify", Purpose.SEND_NOTICE, LegalBasis.CONSENT)
CONTACT = Contact(email="hanako@example.jp")


@pytest.fixture
def documents() -> MemoryDocuments:
    return MemoryDocuments()


@pytest.fixture
async def vault(documents: MemoryDocuments) -> StoredVault:
    vault = memory_vault(TOWN, OTHER_TOWN, documents=documents)
    await vault.create_key(SUBJECT, TOWN)
    await vault.create_key(OTHER, TOWN)
    return vault


def test_it_is_the_vault_of_the_port(vault: StoredVault) -> None:
    port: Vault = vault
    assert port is vault


async def test_opening_gives_the_value_and_leaves_a_record(vault: StoredVault) -> None:
    sealed = await vault.seal(SUBJECT, "contact", CONTACT)
    assert "hanako" not in sealed
    assert await vault.open(SUBJECT, sealed, Contact, ACCESS) == CONTACT
    (record,) = await vault.access_log(SUBJECT)
    assert (record.actor, record.purpose, record.legal_basis) == ("notify", Purpose.SEND_NOTICE, LegalBasis.CONSENT)
    assert (record.fields, record.at, record.sequence) == (("contact",), MOMENT, 1)


async def test_bytes_open_too_and_looks_elsewhere_are_recorded(vault: StoredVault) -> None:
    sealed = await vault.seal(SUBJECT, "certificate", b"%PDF-1.7")
    assert await vault.open_bytes(SUBJECT, sealed, ACCESS) == b"%PDF-1.7"
    await vault.record(SUBJECT, Access("issuance", Purpose.MATCH_REGISTER, LegalBasis.CONSENT), ("register",))
    assert [record.fields for record in await vault.access_log(SUBJECT)] == [("certificate",), ("register",)]


async def test_whether_something_can_be_read_is_known_without_looking(vault: StoredVault) -> None:
    assert await vault.readable(SUBJECT)
    await vault.erase(SUBJECT)
    assert not await vault.readable(SUBJECT)
    assert not await vault.readable("req_nobody")
    assert await vault.access_log(SUBJECT) == ()


async def test_the_same_value_is_sealed_differently_each_time(vault: StoredVault) -> None:
    assert await vault.seal(SUBJECT, "contact", CONTACT) != await vault.seal(SUBJECT, "contact", CONTACT)


async def test_a_seal_does_not_tell_by_its_length_what_it_holds(vault: StoredVault) -> None:
    notes = ReviewNote(reason="double_entry", candidates=("1", "2")), ReviewNote(reason="disclosure_block")
    short, long = [await vault.seal(SUBJECT, "review", note) for note in notes]
    assert len(short) == len(long)
    assert await vault.open(SUBJECT, long, ReviewNote, ACCESS) == notes[1]


async def test_a_seal_of_one_subject_does_not_open_for_another(vault: StoredVault) -> None:
    sealed = await vault.seal(SUBJECT, "contact", CONTACT)
    with pytest.raises(SealBroken):
        await vault.open(OTHER, sealed, Contact, ACCESS)
    assert await vault.access_log(OTHER) == ()


async def test_a_wrapped_key_moved_to_another_subject_does_not_open(
    vault: StoredVault, documents: MemoryDocuments
) -> None:
    sealed = await vault.seal(SUBJECT, "contact", CONTACT)
    held = documents.collections["data_keys"]
    held[OTHER]["wrapped"] = held[SUBJECT]["wrapped"]
    with pytest.raises(SealBroken):
        await vault.open(OTHER, sealed, Contact, ACCESS)


async def test_another_towns_key_opens_nothing(vault: StoredVault, documents: MemoryDocuments) -> None:
    sealed = await vault.seal(SUBJECT, "contact", CONTACT)
    documents.collections["data_keys"][SUBJECT]["municipality"] = OTHER_TOWN
    with pytest.raises(SealBroken):
        await vault.open(SUBJECT, sealed, Contact, ACCESS)


async def test_what_is_not_the_expected_shape_is_not_quoted(vault: StoredVault) -> None:
    sealed = await vault.seal(SUBJECT, "member", Contact(email="hanako@example.jp"))
    with pytest.raises(SealBroken) as caught:
        await vault.open(SUBJECT, sealed, NamedPerson, ACCESS)
    assert "hanako" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert await vault.access_log(SUBJECT) == ()


async def test_no_record_no_plaintext(documents: MemoryDocuments) -> None:
    class ChainStoreDown(MemoryDocuments):
        async def replace(self, collection: Collection, document: Document) -> None:
            if collection == ACCESS_CHAINS:
                raise ConnectionError
            await super().replace(collection, document)

    vault = memory_vault(documents=ChainStoreDown())
    await vault.create_key(SUBJECT, TOWN)
    sealed = await vault.seal(SUBJECT, "contact", CONTACT)
    with pytest.raises(ConnectionError):
        await vault.open(SUBJECT, sealed, Contact, ACCESS)
    with pytest.raises(ConnectionError):
        await vault.open_bytes(SUBJECT, sealed, ACCESS)


async def test_after_erasure_nothing_opens_not_even_a_copy(vault: StoredVault, documents: MemoryDocuments) -> None:
    sealed = await vault.seal(SUBJECT, "contact", CONTACT)
    await vault.open(SUBJECT, sealed, Contact, ACCESS)
    key = copy.deepcopy(documents.collections["data_keys"][SUBJECT])
    await vault.erase(SUBJECT)
    await vault.erase(SUBJECT)
    for act in (
        vault.open(SUBJECT, sealed, Contact, ACCESS),
        vault.open_bytes(SUBJECT, sealed, ACCESS),
        vault.seal(SUBJECT, "contact", CONTACT),
        vault.create_key(SUBJECT, TOWN),
    ):
        with pytest.raises(KeyErased):
            await act
    assert key["wrapped"] not in json.dumps(documents.collections)
    assert set(documents.collections["data_keys"][SUBJECT]) == {"_id", "version", "municipality", "erased_at"}
    # A new key under the old name opens nothing of before.
    del documents.collections["data_keys"][SUBJECT]
    await vault.create_key(SUBJECT, TOWN)
    with pytest.raises(SealBroken):
        await vault.open(SUBJECT, sealed, Contact, ACCESS)


async def test_the_access_log_survives_erasure_and_others_keep_their_key(vault: StoredVault) -> None:
    sealed = await vault.seal(OTHER, "contact", CONTACT)
    await vault.record(SUBJECT, ACCESS, ("contact",))
    await vault.erase(SUBJECT)
    assert len(await vault.access_log(SUBJECT)) == 1
    assert await vault.open(OTHER, sealed, Contact, ACCESS) == CONTACT


async def test_an_erasure_cut_short_already_counts(vault: StoredVault, documents: MemoryDocuments) -> None:
    sealed = await vault.seal(SUBJECT, "contact", CONTACT)
    wrapped = documents.collections["data_keys"][SUBJECT]["wrapped"]
    replace, calls = documents.replace, []

    async def once(collection: Collection, document: Document) -> None:
        calls.append(document)
        if len(calls) == 2:
            raise ConnectionError
        await replace(collection, document)

    documents.replace = once  # type: ignore[method-assign]
    with pytest.raises(ConnectionError):
        await vault.erase(SUBJECT)
    left = documents.collections["data_keys"][SUBJECT]
    assert left["wrapped"] != wrapped
    assert len(left["wrapped"]) == len(wrapped)
    with pytest.raises(KeyErased):
        await vault.open(SUBJECT, sealed, Contact, ACCESS)
    await vault.erase(SUBJECT)
    assert "wrapped" not in documents.collections["data_keys"][SUBJECT]


async def test_who_never_had_a_key_has_none(vault: StoredVault) -> None:
    with pytest.raises(KeyErased):
        await vault.seal("req_unknown", "contact", CONTACT)
    with pytest.raises(KeyErased):
        await vault.record("req_unknown", ACCESS, ("contact",))
    assert await vault.access_log("req_unknown") == ()
    await vault.erase("req_unknown")


async def test_making_a_key_again_keeps_it_also_at_the_same_time(documents: MemoryDocuments) -> None:
    vault = memory_vault(documents=documents)
    await asyncio.gather(*(vault.create_key(SUBJECT, TOWN) for _ in range(10)))
    sealed = await vault.seal(SUBJECT, "contact", CONTACT)
    await vault.create_key(SUBJECT, TOWN)
    assert await vault.open(SUBJECT, sealed, Contact, ACCESS) == CONTACT


async def test_a_subject_belongs_to_one_town(vault: StoredVault) -> None:
    with pytest.raises(ValueError, match="belongs to 990019"):
        await vault.create_key(SUBJECT, OTHER_TOWN)


async def test_concurrent_looks_are_all_recorded(vault: StoredVault) -> None:
    sealed = await vault.seal(SUBJECT, "contact", CONTACT)
    actors = [f"clerk:{n:04}" for n in range(30)]
    looks = [Access(actor, Purpose.CLERK_REVIEW, LegalBasis.CONSENT) for actor in actors]
    await asyncio.gather(*(vault.open(SUBJECT, sealed, Contact, look) for look in looks))
    log = await vault.access_log(SUBJECT)
    assert sorted(record.actor for record in log) == actors
    assert [record.sequence for record in log] == list(range(1, 31))


@pytest.mark.parametrize("cut", [slice(0, 2), slice(1, 3), slice(0, 0)], ids=["the last", "the first", "all"])
async def test_removed_records_show_and_stop_further_looks(
    vault: StoredVault, documents: MemoryDocuments, cut: slice
) -> None:
    for _ in range(3):
        await vault.record(SUBJECT, ACCESS, ("contact",))
    sealed = await vault.seal(SUBJECT, "contact", CONTACT)
    chain = documents.collections["access_chains"][SUBJECT]
    chain["records"] = chain["records"][cut]
    with pytest.raises(SealBroken):
        await vault.access_log(SUBJECT)
    if cut != slice(1, 3):  # what is missing further back does not stop work, but shows when read
        with pytest.raises(SealBroken):
            await vault.open(SUBJECT, sealed, Contact, ACCESS)


async def test_a_chain_rewritten_by_someone_without_the_key_shows(
    vault: StoredVault, documents: MemoryDocuments
) -> None:
    await vault.record(SUBJECT, ACCESS, ("contact",))
    stranger = StoredVault(MemoryDocuments(), town_keys("131016"), vault.clock)
    await stranger.create_key(SUBJECT, "131016")
    forged = stranger.documents.collections["access_chains"][SUBJECT]  # type: ignore[attr-defined]
    documents.collections["access_chains"][SUBJECT] = {**forged, "municipality": TOWN}
    with pytest.raises(SealBroken):
        await vault.access_log(SUBJECT)


async def test_a_removed_chain_shows(vault: StoredVault, documents: MemoryDocuments) -> None:
    sealed = await vault.seal(SUBJECT, "contact", CONTACT)
    del documents.collections["access_chains"][SUBJECT]
    with pytest.raises(SealBroken):
        await vault.access_log(SUBJECT)
    with pytest.raises(SealBroken):
        await vault.open(SUBJECT, sealed, Contact, ACCESS)
