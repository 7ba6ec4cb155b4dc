"""Era dates: strict boundaries, 不詳 wordings, japanera as an independent witness."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from japanera import EraDate

from issuance.documents.era import ERAS, NotADate, is_register_date, partly_known, wareki, western


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (date(2026, 11, 23), "令和8年11月23日"),
        (date(2019, 5, 1), "令和元年5月1日"),
        (date(2019, 4, 30), "平成31年4月30日"),
        (date(1989, 1, 8), "平成元年1月8日"),
        (date(1989, 1, 7), "昭和64年1月7日"),
        (date(1926, 12, 25), "昭和元年12月25日"),
        (date(1926, 12, 24), "大正15年12月24日"),
        (date(1912, 7, 30), "大正元年7月30日"),
        (date(1912, 7, 29), "明治45年7月29日"),
    ],
)
def test_a_day_is_written_in_its_era(day: date, text: str) -> None:
    assert wareki(day) == text
    assert is_register_date(text)


@given(st.dates(date(1873, 1, 1), date(2100, 12, 31)))
def test_an_independent_library_agrees(day: date) -> None:
    witness = EraDate.from_date(day)
    year = witness.era.absolute_year_to_relative_year(day.year)
    assert wareki(day) == f"{witness.era.kanji}{'元' if year == 1 else year}年{day.month}月{day.day}日"


@given(st.dates(date(1873, 1, 1), date(2100, 12, 31)))
def test_what_we_write_a_register_may_hold(day: date) -> None:
    assert is_register_date(wareki(day))
    assert partly_known(day.year, day.month, day.day) == wareki(day)


def test_before_meiji_there_is_no_era_date() -> None:
    with pytest.raises(NotADate):
        wareki(date(1860, 1, 1))


def test_a_foreign_residents_dates_are_western() -> None:
    assert western(date(1990, 1, 2)) == "1990年1月2日"


@pytest.mark.parametrize(
    "text",
    [
        "令和5年頃",
        "昭和20年3月頃",
        "昭和20年3月10日頃",
        "推定昭和20年3月10日",
        "推定昭和20年3月",
        "昭和20年春",
        "昭和20年3月上旬",
        "昭和20年3月中旬頃",
        "年月日不詳",
        "昭和20年 月日不詳",
        "昭和20年3月 日不詳",
        "昭和20年3月10日から20日頃までの間",
        "昭和20年3月10日から4月2日頃までの間",
        "昭和20年3月推定10日から20日までの間",
        "昭和20年3月10日頃から20日頃までの間",
        "明治45年7月30日",
        "大正15年12月25日",
        "平成25年2月29日",
        "昭和６０年４月１２日",
    ],
)
def test_the_wordings_of_the_standard_specification_are_dates(text: str) -> None:
    assert is_register_date(text)


@pytest.mark.parametrize(
    "text",
    [
        "昭和64年1月8日",
        "平成31年5月1日",
        "平成32年1月1日",
        "大正15年12月26日",
        "令和元年4月30日",
        "明治45年7月31日",
        "令和0年1月1日",
        "令和5年13月1日",
        "令和5年2月30日",
        "令和5年0月1日",
        "令和5年4月31日",
        "1990年1月2日",
        "昭和64年2月頃",
        "不詳",
        "",
        "昭和60年4月12日 ほか",
    ],
)
def test_other_texts_are_none(text: str) -> None:
    assert not is_register_date(text)


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ((0, 0, 0), "年月日不詳"),
        ((1950, 0, 0), "昭和25年月日不詳"),
        ((1950, 3, 0), "昭和25年3月日不詳"),
        ((1950, 3, 9), "昭和25年3月9日"),
        ((1989, 1, 8), "平成元年1月8日"),
        ((1989, 3, 0), "平成元年3月日不詳"),
        ((2013, 2, 29), "平成25年2月29日"),
        ((1912, 7, 30), "大正元年7月30日"),
    ],
)
def test_a_date_known_in_part(parts: tuple[int, int, int], text: str) -> None:
    assert partly_known(*parts) == text


def test_the_day_of_a_change_may_bear_the_old_name() -> None:
    assert partly_known(1912, 7, 30, era="明治") == "明治45年7月30日"
    assert partly_known(1926, 12, 25, era="大正") == "大正15年12月25日"


def test_a_year_of_two_eras_needs_its_era() -> None:
    with pytest.raises(NotADate):
        partly_known(1989, 0, 0)
    assert partly_known(1989, 0, 0, era="昭和") == "昭和64年月日不詳"
    assert partly_known(1989, 0, 0, era="平成") == "平成元年月日不詳"


@pytest.mark.parametrize("parts", [(1950, 13, 1), (1950, 0, 5), (1950, 4, 31), (10000, 1, 1), (1500, 1, 1)])
def test_no_date_no_wording(parts: tuple[int, int, int]) -> None:
    with pytest.raises(NotADate):
        partly_known(*parts)


def test_eras_leave_no_gap() -> None:
    for newer, older in pairwise(ERAS):
        assert older.last is not None
        assert 0 <= (newer.first - older.last).days <= 1
