"""The towns' keys: read from their folder, apart from each other, silent about themselves."""

from pathlib import Path

import pytest

from madoguchi.policy.load import PolicyError, load_town
from madoguchi.testing.vault import memory_vault
from madoguchi.vault.keys import TownKeys
from madoguchi.vault.port import SealBroken
from madoguchi.vault.vault import StoredVault

TOWN, OTHER_TOWN = "990019", "990027"
SUBJECT = "req_01hzzzzzzzzzzzzzzzzzzzzzzz"


@pytest.fixture
def vault() -> StoredVault:
    return memory_vault(TOWN, OTHER_TOWN)


@pytest.mark.parametrize("wrapped", [b"", b"short", b"x" * 60])
async def test_what_was_not_wrapped_is_refused(vault: StoredVault, wrapped: bytes) -> None:
    with pytest.raises(SealBroken):
        await vault.keys.wrappers[TOWN].unwrap(SUBJECT, wrapped)


async def test_a_wrapped_key_is_of_one_town_and_one_subject(vault: StoredVault) -> None:
    mine, other = vault.keys.wrappers[TOWN], vault.keys.wrappers[OTHER_TOWN]
    wrapped = await mine.wrap(SUBJECT, b"k" * 32)
    assert await mine.unwrap(SUBJECT, wrapped) == b"k" * 32
    for wrapper, subject in ((other, SUBJECT), (mine, "req_other")):
        with pytest.raises(SealBroken):
            await wrapper.unwrap(subject, wrapped)


def test_pseudonyms_differ_by_town_kind_and_value(vault: StoredVault) -> None:
    one = vault.pseudonym(TOWN, "line", "U123")
    assert one == vault.pseudonym(TOWN, "line", "U123")
    assert len(one) == 64
    others = [(OTHER_TOWN, "line", "U123"), (TOWN, "email", "U123"), (TOWN, "line", "U124"), (TOWN, "lineU", "123")]
    assert one not in {vault.pseudonym(*other) for other in others}


def test_keys_say_nothing_of_themselves(vault: StoredVault) -> None:
    assert "key" not in repr(vault)
    assert repr(vault.keys).startswith("<madoguchi")
    assert repr(vault.keys.wrappers[TOWN]).startswith("<madoguchi")


async def test_keys_are_read_from_the_towns_folder(tmp_path: Path) -> None:
    town = load_town(Path(__file__).parents[3] / "deploy/municipalities/990019.yaml")
    folder = tmp_path / town.code
    folder.mkdir()
    with pytest.raises(PolicyError, match=r"data-key\.bin"):
        TownKeys.from_towns({town.code: town}, tmp_path)
    (folder / "data-key.bin").write_bytes(b"d" * 32)
    (folder / "index-key.bin").write_bytes(b"i" * 31)
    with pytest.raises(PolicyError, match=r"index-key\.bin: expected 32 random bytes, found 31"):
        TownKeys.from_towns({town.code: town}, tmp_path)
    (folder / "index-key.bin").write_bytes(b"i" * 32)
    keys = TownKeys.from_towns({town.code: town}, tmp_path)
    wrapped = await keys.wrappers[town.code].wrap(SUBJECT, b"x" * 32)
    assert await keys.wrappers[town.code].unwrap(SUBJECT, wrapped) == b"x" * 32
