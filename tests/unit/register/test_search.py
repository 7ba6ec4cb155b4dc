"""A clerk looks for somebody in the synthetic town."""

from pathlib import Path
from typing import Any

import pytest

from madoguchi.register.port import RegisterUnavailable
from madoguchi.register.search import Search, reading
from madoguchi.register.sqlite import SqliteRegister
from madoguchi_sandbox.register import PERSONAS

MANY = 50


async def found(town: SqliteRegister, limit: int = MANY, **given: Any) -> set[str]:
    """The personas among those found."""
    by_number = {persona.address_number: key for key, persona in PERSONAS.items()}
    results = await town.search(Search(**given), limit)
    return {by_number[e.address_number] for e in results.entries if e.address_number in by_number}


@pytest.mark.parametrize("spelling", ["高橋　見本子", "髙橋見本子", "高橋", "髙"])
async def test_any_variant_and_any_beginning_of_a_name_finds_it(town: SqliteRegister, spelling: str) -> None:
    assert "takahashi_hashigo" in await found(town, name=spelling)


async def test_a_selector_makes_no_difference(town: SqliteRegister) -> None:
    assert {"ivs_known", "ivs_unknown"} <= await found(town, name="渡辺")
    assert await found(town, name="渡邊 控太") == {"ivs_unknown"}


async def test_other_names_count(town: SqliteRegister) -> None:
    assert await found(town, name="枠林旧子") == {"former_surname"}


async def test_the_middle_of_a_name_is_no_beginning(town: SqliteRegister) -> None:
    assert "hanako" not in await found(town, name="花子")


@pytest.mark.parametrize("kana", ["れいの　はなこ", "レイノハナ", "ﾚｲﾉ ﾊﾅｺ"])
async def test_a_reading_in_any_kana(town: SqliteRegister, kana: str) -> None:
    assert "hanako" in await found(town, kana=kana)
    assert "taro" not in await found(town, kana=kana)


async def test_a_birth_date_finds_those_whose_date_is_unknown_in_part(town: SqliteRegister) -> None:
    assert "birth_day_unknown" in await found(town, birth_date="1938-05-17")
    assert "birth_unknown" in await found(town, birth_date="1938-05-17")
    assert "hanako" not in await found(town, birth_date="1938-05-17")


async def test_everything_given_must_fit(town: SqliteRegister) -> None:
    hanako = PERSONAS["hanako"]
    assert await found(town, address_number=hanako.address_number) == {"hanako"}
    assert await found(town, address_number=hanako.address_number, birth_date=hanako.birth_date) == {"hanako"}
    assert not await found(town, address_number=hanako.address_number, birth_date="1938-05-17")
    assert not await found(town, address_number=hanako.address_number, name="髙橋")
    assert not await found(town, name="例野　花子", kana="タカハシ")


async def test_the_removed_are_found_too(town: SqliteRegister) -> None:
    gone = PERSONAS["moved_out"]
    assert await found(town, address_number=gone.address_number) == {"moved_out"}


async def test_no_more_than_the_limit_and_whether_there_are_more(town: SqliteRegister) -> None:
    everybody = Search(birth_date="1991-00-00")
    all_of_them = await town.search(everybody, 100_000)
    assert len(all_of_them.entries) > 2
    assert not all_of_them.more
    two = await town.search(everybody, 2)
    assert two.more
    assert two.entries == all_of_them.entries[:2]
    assert not (await town.search(everybody, len(all_of_them.entries))).more


@pytest.mark.parametrize(
    "given",
    [{}, {"name": "　 "}, {"birth_date": "1991"}, {"birth_date": "1991-4-12"}, {"birth_date": "'; DROP-TA-BL"}],
)
def test_nothing_to_look_for_is_no_search(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"search needs|birth date"):
        Search(**given)


def test_sounds_have_one_form() -> None:
    assert reading("ﾚｲﾉ　はなこ") == reading("レイノ ハナコ") == "レイノハナコ"


async def test_a_register_that_is_away_says_so(tmp_path: Path) -> None:
    with pytest.raises(RegisterUnavailable):
        await SqliteRegister(tmp_path / "none.sqlite").search(Search(name="髙橋"), MANY)
