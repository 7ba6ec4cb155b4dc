"""Card beside register: the same characters are quiet, the others say what they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.differences import Field, Mark, compared, pairs
from madoguchi.register.model import Entry, Sex
from madoguchi_sandbox.register import PERSONAS
from unit.console.world import card


def entry(persona: str) -> Entry:
    who = PERSONAS[persona]
    return Entry(
        who.address_number, "1", False, who.name, who.birth_date, Sex(who.sex), who.address, who.name, "世帯主"
    )


@pytest.mark.parametrize(
    ("said", "flags", "held", "marks"),
    [
        ("高橋", "00", "高橋", [Mark.SAME, Mark.SAME]),
        ("高橋", "10", "髙橋", [Mark.EXPLAINED, Mark.SAME]),
        ("高橋", "00", "髙橋", [Mark.VARIANT, Mark.SAME]),
        ("乙橋", "10", "髙橋", [Mark.REPLACED, Mark.SAME]),
        ("青橋", "00", "髙橋", [Mark.DIFFERENT, Mark.SAME]),
        ("橋", "0", "髙橋", [Mark.MISSING, Mark.SAME]),
        ("渡邊", "00", "渡邊\U000e0101", [Mark.SAME, Mark.VARIANT]),
        ("ＷＡＮＧ", "0000", "WANG", [Mark.SAME] * 4),
    ],
)
def test_each_pair_of_characters_is_judged(said: str, flags: str, held: str, marks: list[Mark]) -> None:
    assert [pair.mark for pair in pairs(said, flags, held)] == marks


def test_a_card_that_replaced_a_character_differs_in_it_and_in_nothing_else() -> None:
    fields = {one.field: one for one in compared(card("takahashi_hashigo"), entry("takahashi_hashigo"))}
    assert [(pair.said, pair.held) for pair in fields[Field.NAME].differing] == [("高", "髙")]
    assert not fields[Field.NAME].agrees
    assert all(fields[field].agrees for field in (Field.BIRTH_DATE, Field.SEX, Field.ADDRESS))


def test_an_address_written_in_another_way_agrees_and_shows_how_it_is_written() -> None:
    told = card("hanako").model_copy(update={"address": PERSONAS["hanako"].address.replace("一丁目", "１丁目")})
    told = told.model_copy(update={"address_substitutions": "0" * len(told.address)})
    address = next(one for one in compared(told, entry("hanako")) if one.field is Field.ADDRESS)
    assert address.agrees
    assert [(pair.said, pair.held) for pair in address.differing] == [("１", "一")]


TEXTS = st.text(st.sampled_from("高髙橋橋　邊\U000e0101あa1"), max_size=12)


@given(TEXTS, TEXTS, st.data())
def test_both_sides_are_there_in_full(said: str, held: str, data: st.DataObject) -> None:
    flags = data.draw(st.text(st.sampled_from("01"), min_size=len(said), max_size=len(said)))
    laid = pairs(said, flags, held)
    assert "".join(pair.said for pair in laid) == said
    assert "".join(pair.held for pair in laid) == held


@given(TEXTS)
def test_a_text_beside_itself_shows_nothing(text: str) -> None:
    assert all(pair.mark is Mark.SAME for pair in pairs(text, "0" * len(text), text))
