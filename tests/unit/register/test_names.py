"""Names on cards and names in the register."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.register.names import Agreement, agreement, flagged
from madoguchi_sandbox.pki.holders import substituted

KANJI = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA0)
KANA = st.characters(min_codepoint=0x3042, max_codepoint=0x3093)
LATIN = st.characters(min_codepoint=ord("A"), max_codepoint=ord("Z"))
NAMES = st.text(st.one_of(KANJI, KANA, LATIN, st.sampled_from("髙﨑𠮷邊邉栁 　")), min_size=1, max_size=12).filter(
    str.strip
)
PLAIN = st.text(st.one_of(KANA, LATIN), min_size=1, max_size=12)


def unflagged(said: str, held: str) -> Agreement:
    return agreement(said, "0" * len(said), held)


@given(NAMES)
def test_a_name_agrees_with_itself(name: str) -> None:
    assert unflagged(name, name) is Agreement.SAME


@given(NAMES)
def test_what_a_card_makes_of_a_name_is_never_different_from_it(name: str) -> None:
    said, flags = substituted(name)
    found = agreement(said, flags, name)
    assert found > Agreement.DIFFERENT
    assert (found is Agreement.SAME) == (not flagged(flags))


@given(NAMES, NAMES)
def test_without_flags_only_the_same_characters_are_the_same_name(one: str, other: str) -> None:
    if unflagged(one, other) is Agreement.SAME:
        assert "".join(one.split()).casefold() == "".join(other.split()).casefold()


@given(PLAIN)
def test_width_spaces_and_capitals_do_not_count(name: str) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) if c.isascii() and c.isupper() else c for c in name)
    assert unflagged(wide, name) is Agreement.SAME
    assert unflagged("　".join(name), name.lower()) is Agreement.SAME


@given(NAMES, st.data())
def test_an_exchanged_plain_character_is_another_name(name: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(name) - 1))
    if name[place].isspace():
        return
    other = name[:place] + ("あ" if name[place] != "あ" else "い") + name[place + 1 :]
    assert unflagged(other, name) is Agreement.DIFFERENT


@given(PLAIN, st.text("01x", max_size=15))
def test_flags_that_are_set_or_odd_are_never_plain_agreement(name: str, flags: str) -> None:
    plain = len(flags) == len(name) and set(flags) <= {"0"}
    assert (agreement(name, flags, name) is Agreement.SAME) == plain


@pytest.mark.parametrize(
    ("said", "flags", "held", "expected"),
    [
        ("高橋", "10", "髙橋", Agreement.EXPLAINED),
        ("吉田", "10", "𠮷田", Agreement.EXPLAINED),
        ("渡邊", "01", "渡邊\U000e0101", Agreement.EXPLAINED),
        ("山＊", "01", "山﨑", Agreement.POSSIBLE),
        ("高橋", "00", "髙橋", Agreement.VARIANT),
        ("渡辺", "00", "渡邊", Agreement.VARIANT),
        ("渡邊", "00", "渡邊\U000e0101", Agreement.VARIANT),
        ("神田", "00", "\ufa19田", Agreement.VARIANT),
        ("例野", "00", "架木", Agreement.DIFFERENT),
        ("例野", "00", "例野一", Agreement.DIFFERENT),
        ("", "", "例野", Agreement.DIFFERENT),
        ("ＷＡＮＧ　ＭＩＨＯＮ", "0000000000", "WANG MIHON", Agreement.SAME),
        ("ガ", "0", "ｶﾞ", Agreement.SAME),
    ],
)
def test_spellings(said: str, flags: str, held: str, expected: Agreement) -> None:
    assert agreement(said, flags, held) is expected
