"""A resident is found again whichever index key their conversation began under, and never has two conversations."""

import asyncio
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from madoguchi.contracts.personal import Contact
from madoguchi.policy.load import load_town
from madoguchi.testing.documents import MemoryDocuments
from madoguchi.text.catalogue import Catalogue
from madoguchi.vault.keys import FileKeyWrapper, TownKeys
from madoguchi.vault.port import Vault
from madoguchi.vault.vault import StoredVault
from request_intake.conversation.model import Said
from request_intake.line.desk import Desk
from request_intake.line.events import Heard
from request_intake.line.finding import STANDS_FOR, located, rekey
from request_intake.line.record import CONVERSATIONS
from unit.request_intake.test_line_desk import Acts

TOWN = load_town(Path(__file__).parents[3] / "deploy/municipalities/990019.yaml")
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
OLD, NEW = b"o" * 32, b"n" * 32
STEPS = [(OLD,), (OLD, NEW), (NEW, OLD), (NEW,)]
USERS = ["U" + digit * 32 for digit in "0123456789abcdef"]


def vault(documents: MemoryDocuments, generations: tuple[bytes, ...]) -> StoredVault:
    keys = TownKeys({TOWN.code: FileKeyWrapper(TOWN.code, b"d" * 32)}, {TOWN.code: generations})
    return StoredVault(documents, keys, lambda: NOW)


def desk(documents: MemoryDocuments, vaults: MemoryDocuments, generations: tuple[bytes, ...]) -> Desk:
    catalogue = Catalogue.of_package("request_intake.conversation")
    return Desk(documents, vault(vaults, generations), Acts(), catalogue, lambda: NOW, lambda n: b"r" * n)


def said(event: str, user: str) -> Heard:
    return Heard(event, user, NOW, "said", Said(text="住民票がほしい"))


def conversations(documents: MemoryDocuments) -> list[dict[str, object]]:
    return [d for d in documents.collections.get(CONVERSATIONS.name, {}).values() if STANDS_FOR not in d]


@pytest.fixture
def documents() -> MemoryDocuments:
    return MemoryDocuments()


@pytest.fixture
def vaults() -> MemoryDocuments:
    return MemoryDocuments()


async def test_through_a_whole_change_each_resident_keeps_their_conversation(
    documents: MemoryDocuments, vaults: MemoryDocuments
) -> None:
    for number, generations in enumerate(STEPS):
        if number == 3:
            while await rekey(documents, vault(vaults, STEPS[2])):
                continue
        for user in USERS[: 12 if number < 3 else 16]:
            await desk(documents, vaults, generations).hear(TOWN, said(f"{number}-{user}", user))
    heard = sorted(len(d["conversation"]["heard"]) for d in conversations(documents))  # type: ignore[index]
    assert heard == [1] * 4 + [4] * 12


@pytest.mark.parametrize(("before", "after"), list(pairwise(STEPS)))
@pytest.mark.parametrize("user", USERS)
async def test_two_processes_of_neighbouring_steps_never_begin_two(
    documents: MemoryDocuments,
    vaults: MemoryDocuments,
    user: str,
    before: tuple[bytes, ...],
    after: tuple[bytes, ...],
) -> None:
    desks = [desk(documents, vaults, generations) for generations in (before, after, before, after)]
    await asyncio.gather(*(each.hear(TOWN, said(f"e{number}", user)) for number, each in enumerate(desks)))
    (only,) = conversations(documents)
    assert len(only["conversation"]["heard"]) == 4  # type: ignore[index]


async def test_those_who_never_write_again_are_led_to_as_well_and_it_is_on_record(
    documents: MemoryDocuments, vaults: MemoryDocuments
) -> None:
    for user in USERS:
        await desk(documents, vaults, (OLD,)).hear(TOWN, said(f"e-{user}", user))
    both = vault(vaults, (NEW, OLD))
    assert await rekey(documents, both) == 0
    for user in USERS:
        (newest,) = vault(vaults, (NEW,)).pseudonyms(TOWN.code, "line_user", user)
        key, found = await located(documents, (newest,))
        assert found is not None
        assert key == vault(vaults, (OLD,)).pseudonym(TOWN.code, "line_user", user)
        assert [look.actor for look in await both.access_log(f"line:{key}")] == ["request-intake"]
    before = len(documents.collections[CONVERSATIONS.name])
    assert await rekey(documents, both) == 0
    assert len(documents.collections[CONVERSATIONS.name]) == before
    assert [len(await both.access_log(f"line:{d['_id']}")) for d in conversations(documents)] == [1] * 16


async def test_an_erased_resident_holds_nothing_up(documents: MemoryDocuments, vaults: MemoryDocuments) -> None:
    await desk(documents, vaults, (OLD,)).hear(TOWN, said("e", USERS[0]))
    both = vault(vaults, (NEW, OLD))
    (only,) = conversations(documents)
    await both.erase(f"line:{only['_id']}")
    assert await rekey(documents, both) == 0


async def test_a_beginning_broken_off_is_taken_up(documents: MemoryDocuments, vaults: MemoryDocuments) -> None:
    both: Vault = vault(vaults, (NEW, OLD))
    hashes = both.pseudonyms(TOWN.code, "line_user", USERS[0])
    key, found = await located(documents, hashes)
    assert found is None
    assert (await located(documents, hashes[::-1])) == (key, None)
    await desk(documents, vaults, (OLD, NEW)).hear(TOWN, said("e", USERS[0]))
    assert [d["_id"] for d in conversations(documents)] == [key]
    assert Contact(line_user_id=USERS[0])
