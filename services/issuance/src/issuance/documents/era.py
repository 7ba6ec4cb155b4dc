"""Japanese-era dates (和暦) as a residence record prints them, and the wordings for dates not fully known (不詳).

Boundaries follow the change of era to the day. The standard specification (住民記録システム標準仕様書 1.1.8) also
allows 明治45年7月30日 and 大正15年12月25日 (each the day of a change), days that no calendar has (29 February in a
common year), and fourteen wordings of dates not fully known; a register's text is printed as it stands.
"""

import re
from datetime import date
from typing import NamedTuple


class NotADate(ValueError):
    """No date of a residence record; the message holds no value."""


class Era(NamedTuple):
    """One era: `last` is the last day on which its name may be written, None while it lasts."""

    name: str
    first: date
    last: date | None


ERAS = (
    Era("令和", date(2019, 5, 1), None),
    Era("平成", date(1989, 1, 8), date(2019, 4, 30)),
    Era("昭和", date(1926, 12, 25), date(1989, 1, 7)),
    Era("大正", date(1912, 7, 30), date(1926, 12, 25)),
    Era("明治", date(1868, 1, 25), date(1912, 7, 30)),
)
"""Newest first, so that on the day of a change the new era is found first."""

_BY_NAME = {era.name: era for era in ERAS}
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
"""29 February counts as written even where the year has none."""

_WIDE = str.maketrans("０１２３４５６７８９　", "0123456789 ")
_YEAR = rf"(?P<era>{'|'.join(_BY_NAME)})(?P<year>元|\d{{1,2}})年"
_MONTH, _DAY = r"(?P<month>\d{1,2})月", r"(?P<day>\d{1,2})日"
_SPAN = r"(?:(?P<month2>\d{1,2})月)?(?P<day2>\d{1,2})日"
_WORDINGS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_YEAR}{_MONTH}{_DAY}頃?",
        rf"{_YEAR}{_MONTH}頃",
        rf"{_YEAR}頃",
        rf"推定{_YEAR}{_MONTH}(?:{_DAY})?",
        rf"{_YEAR}[春夏秋冬]頃?",
        rf"{_YEAR}{_MONTH}[上中下]旬頃?",
        rf"{_YEAR}月日不詳",
        rf"{_YEAR}{_MONTH}日不詳",
        rf"{_YEAR}{_MONTH}{_DAY}頃?から{_SPAN}頃?までの間",
        rf"{_YEAR}{_MONTH}推定{_DAY}から{_SPAN}までの間",
    )
)
UNKNOWN = "年月日不詳"


def wareki(day: date) -> str:
    """`令和8年11月23日`. Raises `NotADate` before the Meiji era."""
    era = next((era for era in ERAS if era.first <= day), None)
    if era is None:
        raise NotADate("before the Meiji era")
    return f"{_year_of(era, day.year)}{day.month}月{day.day}日"


def western(day: date) -> str:
    """`1990年1月2日`: birth dates and 満了日 of foreign residents (標準仕様書 1.1.2)."""
    return f"{day.year}年{day.month}月{day.day}日"


def partly_known(year: int, month: int, day: int, *, era: str | None = None) -> str:
    """Era wording of a Gregorian date in which `month` and `day`, or all three, may be 0 for 不詳.

    Name the `era` (元号) where the year alone leaves it open, e.g. 1989. Raises `NotADate` otherwise.
    """
    if not year:
        return UNKNOWN
    first, last = _possible(year, month, day)
    fitting = [e for e in ERAS if (era is None or e.name == era) and e.first <= last and (e.last or date.max) >= first]
    if month and day and fitting:
        fitting = fitting[:1]  # the day of a change belongs to the new era unless the old one is named
    if len(fitting) != 1:
        raise NotADate("no era, or more than one, fits")
    rest = f"{month}月{day}日" if month and day else f"{month}月日不詳" if month else "月日不詳"
    return _year_of(fitting[0], year) + rest


def is_register_date(text: str) -> bool:
    """Whether `text` is a date a residence record may hold: a day within its era, or one of the 不詳 wordings."""
    plain = text.translate(_WIDE).replace(" ", "")
    if plain == UNKNOWN:
        return True
    return any(_within_era(match) for match in (wording.fullmatch(plain) for wording in _WORDINGS) if match)


def _year_of(era: Era, year: int) -> str:
    count = year - era.first.year + 1
    return f"{era.name}{'元' if count == 1 else count}年"


def _possible(year: int, month: int, day: int) -> tuple[date, date]:
    """First and last day the date may mean. A day no calendar has counts as the last of its month."""
    if not 1 <= year <= 9998 or not 0 <= month <= 12 or (day and not month):
        raise NotADate("no such date")
    if not month:
        return date(year, 1, 1), date(year, 12, 31)
    end = date(year + month // 12, month % 12 + 1, 1).toordinal() - 1
    last = date.fromordinal(end)
    if not day:
        return last.replace(day=1), last
    if day > _DAYS[month - 1]:
        raise NotADate("no such date")
    exact = last.replace(day=min(day, last.day))
    return exact, exact


def _within_era(match: re.Match[str]) -> bool:
    said = match.groupdict()
    count = 1 if said["year"] == "元" else int(said["year"])
    month, day = int(said.get("month") or 0), int(said.get("day") or 0)
    era = _BY_NAME[said["era"]]
    if count < 1 or (said.get("month") and not month) or (said.get("day") and not day):
        return False
    try:
        first, last = _possible(era.first.year + count - 1, month, day)
        if said.get("day2"):
            _possible(era.first.year + count - 1, int(said.get("month2") or month), int(said["day2"]))
    except NotADate:
        return False
    return era.first <= last and first <= (era.last or date.max)
