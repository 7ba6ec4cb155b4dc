"""Addresses written in different ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.register.addresses import key, same


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("見本県見本市見本町一丁目11番1号　見本ハイツ202号室", "見本県見本市見本町１－１１－１　見本ハイツ２０２号室"),
        ("見本県見本市例示台二十三丁目4番5号", "見本県見本市例示台23丁目4-5"),
        ("見本県見本市大字仮120番地の3", "見本県見本市大字仮120-3"),
        ("見本県見本市ひな形町12番地", "見本県見本市ひな形町12"),
        ("見本県見本市架空ヶ丘一丁目1番1号", "見本県見本市架空ケ丘一丁目1番1号"),
    ],
)
def test_the_same_place(one: str, other: str) -> None:
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("見本県見本市見本町一丁目11番1号", "見本県見本市見本町一丁目1番11号"),
        ("見本県見本市見本町一丁目1番1号", "見本県見本市見本町一丁目1番1号　見本ハイツ101号室"),
        ("見本県見本市見本町一丁目1番1号　ハイツ101号室", "見本県見本市見本町一丁目1番1号　ハイツ102号室"),
        ("見本県見本市一番町5番地", "見本県見本市二番町5番地"),
    ],
)
def test_another_place(one: str, other: str) -> None:
    assert not same(one, other)


def test_a_card_cuts_what_is_longer_than_it_can_hold() -> None:
    long = "見本県見本市見本町一丁目1番1号　" + "架空" * 120
    assert same(long[:200], long)
    assert not same(long[:199], long)


@given(st.text(max_size=60))
def test_a_key_is_its_own_key_and_never_fails(text: str) -> None:
    assert key(text) == key(text)
    assert same(text, text)


@given(*(st.integers(1, 99),) * 3)
def test_numbers_never_run_together(block: int, lot: int, house: int) -> None:
    written = key(f"見本県見本市見本町{block}丁目{lot}番{house}号")
    assert written.endswith(f"{block}-{lot}-{house}")
