"""Acts of the vault that save ways to the store: what is promised of the single steps holds of them together."""

import asyncio

import pytest

from madoguchi.contracts.personal import Contact
from madoguchi.testing.documents import MemoryDocuments
from madoguchi.vault.port import KeyErased
from madoguchi.vault.vault import StoredVault
from unit.vault.test_vault import ACCESS, CONTACT, OTHER_TOWN, SUBJECT, TOWN, documents, vault

__all__ = ["documents", "vault"]


async def test_a_new_subject_begins_with_what_is_sealed_for_it(vault: StoredVault) -> None:
    fresh = "req_01hxxxxxxxxxxxxxxxxxxxxxxx"
    values: dict[str, Contact | bytes] = {"contact": CONTACT, "certificate": b"%PDF-1.7"}
    first = await vault.begin(fresh, TOWN, values)
    again = await vault.begin(fresh, TOWN, values)
    for sealed in (first, again):
        assert await vault.open(fresh, sealed["contact"], Contact, ACCESS) == CONTACT
        assert await vault.open_bytes(fresh, sealed["certificate"], ACCESS) == b"%PDF-1.7"
    with pytest.raises(ValueError, match="belongs to"):
        await vault.begin(fresh, OTHER_TOWN, values)
    await vault.erase(fresh)
    with pytest.raises(KeyErased):
        await vault.begin(fresh, TOWN, values)


async def test_of_many_who_begin_at_once_all_seal_under_one_key(vault: StoredVault) -> None:
    fresh = "req_01hxxxxxxxxxxxxxxxxxxxxxxx"
    made = await asyncio.gather(*(vault.begin(fresh, TOWN, {"contact": CONTACT}) for _ in range(20)))
    for sealed in made:
        assert await vault.open(fresh, sealed["contact"], Contact, ACCESS) == CONTACT


async def test_what_is_looked_at_beside_has_a_record_of_its_own_in_the_same_write(
    vault: StoredVault, documents: MemoryDocuments
) -> None:
    sealed = await vault.seal(SUBJECT, "contact", CONTACT)
    await vault.open(SUBJECT, sealed, Contact, ACCESS, beside=("register",))
    await vault.open(SUBJECT, sealed, Contact, ACCESS)
    log = await vault.access_log(SUBJECT)
    assert [(record.sequence, record.fields) for record in log] == [
        (1, ("contact",)),
        (2, ("register",)),
        (3, ("contact",)),
    ]
    assert documents.collections["access_chains"][SUBJECT]["version"] == 3
