"""The synthetic town: big enough, repeatable, and with every hard case in it."""

import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from madoguchi_sandbox.register import BLOCKS, PERSONAS, population, write
from madoguchi_sandbox.register.schema import Kind, Status


def rows(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return [*connection.execute('SELECT * FROM "住民"'), *connection.execute('SELECT * FROM "支援措置"')]


def test_at_least_two_thousand_residents_in_households_quickly(tmp_path: Path) -> None:
    started = time.perf_counter()
    write(tmp_path / "register.sqlite")
    assert time.perf_counter() - started < 2
    with closing(sqlite3.connect(tmp_path / "register.sqlite")) as connection:
        (current,) = connection.execute('SELECT count(*) FROM "住民" WHERE "住民状態" = \'1\'').fetchone()
        (households,) = connection.execute('SELECT count(DISTINCT "世帯番号") FROM "住民"').fetchone()
    assert current >= 2_000
    assert 500 < households < current


def test_the_same_seed_gives_the_same_town_and_another_seed_another(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write(tmp_path / f"{name}.sqlite", seed)
    assert rows(tmp_path / "a.sqlite") == rows(tmp_path / "b.sqlite")
    assert rows(tmp_path / "a.sqlite") != rows(tmp_path / "c.sqlite")


def test_writing_again_replaces(tmp_path: Path) -> None:
    write(tmp_path / "register.sqlite")
    before = rows(tmp_path / "register.sqlite")
    write(tmp_path / "register.sqlite")
    assert rows(tmp_path / "register.sqlite") == before


def test_every_household_has_one_head_and_an_order() -> None:
    households: dict[str, list[int]] = {}
    for resident in population():
        households.setdefault(resident.household_number, []).append(resident.position)
    alone = {PERSONAS["came_back_before"].resident.household_number, PERSONAS["moved_out"].resident.household_number}
    for number, positions in households.items():
        if number not in alone:
            assert sorted(positions) == list(range(1, len(positions) + 1)), number


def test_the_hard_cases_are_there() -> None:
    people = population()
    assert {Status.CURRENT, Status.MOVED_OUT, Status.DECEASED} == {p.status for p in people}
    assert any(p.kind is Kind.FOREIGN and p.kanji_name and p.common_name for p in people)
    assert any("\U000e0100" <= c <= "\U000e01ef" for p in people for c in p.name)
    assert any(p.birth_wording for p in people)
    assert any(p.relationship.count("の") == 2 for p in people)
    assert Counter((p.name, p.birth_date, p.address) for p in people).most_common(1)[0][1] == 2
    assert {block.stage for block in BLOCKS} == {"1", "2"}
    assert any(block.lifted_on for block in BLOCKS)


@pytest.mark.parametrize("key", PERSONAS)
def test_a_persona_stands_in_the_register_as_it_says(key: str) -> None:
    persona = PERSONAS[key]
    assert [p for p in population() if p.address_number == persona.address_number] == [persona.resident]
    assert persona.holder().name == persona.name
    assert len(persona.address) <= 200
