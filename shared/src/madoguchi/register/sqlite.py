"""A town's register from a SQLite extract in the columns of the standard specification (住民記録システム標準仕様書).

Opened read-only for each question, in a thread, so that a fresh extract (a file moved into place) is seen at once and
the event loop never waits for a disk.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeVar

from madoguchi.register.model import Entry, Foreign, Household, Sex
from madoguchi.register.port import RegisterUnavailable, Results
from madoguchi.register.search import Search

T = TypeVar("T")

_SEX = {"1": Sex.MALE, "2": Sex.FEMALE}
_FOREIGN = "2"
_PRESENT = "1"
_UNKNOWN_YEAR = "0000"


@dataclass(frozen=True, slots=True)
class SqliteRegister:
    """See `Register` and `RegisterSearch` in `madoguchi.register.port`.

    A search by name or reading alone reads the whole extract.
    """

    path: Path

    async def born(self, birth_date: str) -> tuple[Entry, ...]:
        """Every entry whose birth date may be that one."""
        return await self._ask(lambda connection: _born(connection, birth_date))

    async def entry(self, address_number: str) -> Entry | None:
        """The entry with that 宛名番号."""
        return await self._ask(lambda connection: _entry(connection, address_number))

    async def household(self, household_number: str) -> Household:
        """The household and the blocks on its members."""
        return await self._ask(lambda connection: _household(connection, household_number))

    async def search(self, search: Search, limit: int) -> Results:
        """At most `limit` of the entries that the search means."""
        return await self._ask(lambda connection: _search(connection, search, limit))

    async def check(self) -> None:
        """Return when the extract answers. Raises `RegisterUnavailable`. For readiness."""
        await self._ask(lambda connection: connection.execute('SELECT 1 FROM "住民" LIMIT 1').fetchone())

    async def _ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.to_thread(self._answer, question)

    def _answer(self, question: Callable[[sqlite3.Connection], T]) -> T:
        try:
            with closing(sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
                connection.row_factory = sqlite3.Row
                return question(connection)
        except sqlite3.Error as error:
            # SQLite's own text may quote a row.
            raise RegisterUnavailable(f"the register extract: {type(error).__name__}") from None


def _born(connection: sqlite3.Connection, birth_date: str) -> tuple[Entry, ...]:
    condition, dates = _born_condition(birth_date)
    rows = connection.execute(f'SELECT * FROM "住民" WHERE {condition} ORDER BY "宛名番号"', dates)  # noqa: S608 (ours)
    return tuple(_entry_of(row) for row in rows)


def _born_condition(birth_date: str) -> tuple[str, tuple[str, ...]]:
    year, month, day = birth_date.split("-")
    months = {month, "00"} if month != "00" else {f"{number:02d}" for number in range(13)}
    days = {day, "00"} if day != "00" else {f"{number:02d}" for number in range(32)}
    possible = [f"{year}-{m}-{d}" for m in sorted(months) for d in sorted(days)]
    marks = ", ".join("?" * (len(possible) + 1))
    return f'"生年月日" IN ({marks})', (*possible, f"{_UNKNOWN_YEAR}-00-00")


def _search(connection: sqlite3.Connection, search: Search, limit: int) -> Results:
    conditions, values = ["1"], list[str]()
    if search.address_number:
        conditions.append('"宛名番号" = ?')
        values.append(search.address_number)
    if search.birth_date:
        born, dates = _born_condition(search.birth_date)
        conditions.append(born)
        values.extend(dates)
    where = " AND ".join(conditions)
    rows = connection.execute(f'SELECT * FROM "住民" WHERE {where} ORDER BY "宛名番号"', values)  # noqa: S608 (ours)
    meant = (entry for entry in map(_entry_of, rows) if search.means(entry))
    found = tuple(islice(meant, limit + 1))
    return Results(found[:limit], len(found) > limit)


def _entry(connection: sqlite3.Connection, address_number: str) -> Entry | None:
    row = connection.execute('SELECT * FROM "住民" WHERE "宛名番号" = ?', (address_number,)).fetchone()
    return None if row is None else _entry_of(row)


def _household(connection: sqlite3.Connection, household_number: str) -> Household:
    rows = connection.execute(
        'SELECT * FROM "住民" WHERE "世帯番号" = ? ORDER BY "記載順位", "宛名番号"', (household_number,)
    )
    entries = tuple(_entry_of(row) for row in rows)
    blocked = connection.execute(
        'SELECT "支援措置"."宛名番号" FROM "支援措置" JOIN "住民" USING ("宛名番号")'
        ' WHERE "世帯番号" = ? AND "支援措置_解除年月日" = \'\'',
        (household_number,),
    )
    return Household(entries, frozenset(row[0] for row in blocked))


def _entry_of(row: Mapping[str, str]) -> Entry:
    return Entry(
        address_number=row["宛名番号"],
        household_number=row["世帯番号"],
        removed=row["住民状態"] != _PRESENT,
        name=row["氏名"],
        birth_date=row["生年月日"],
        sex=_SEX.get(row["性別"], Sex.NOT_STATED),
        address=_address(row),
        head=row["世帯主_氏名"],
        relationship=row["続柄"],
        name_kana=row["氏名_フリガナ"],
        former_surname=row["旧氏"],
        common_name=row["通称"],
        birth_wording=row["生年月日_不詳表記"],
        domicile=row["本籍"],
        family_register_head=row["筆頭者_氏名"],
        resident_since=row["住民となった年月日"],
        address_since=row["住所を定めた年月日"],
        notified_on=row["届出年月日"],
        previous_address=row["転入前住所"],
        foreign=_foreign(row) if row["住民種別"] == _FOREIGN else None,
    )


def _address(row: Mapping[str, str]) -> str:
    lot = "".join(row[column] for column in ("住所_都道府県", "住所_市区町村", "住所_町字", "住所_番地号表記"))
    return f"{lot}　{row['住所_方書']}" if row["住所_方書"] else lot


def _foreign(row: Mapping[str, str]) -> Foreign:
    return Foreign(
        kanji_name=row["氏名_外国人漢字"],
        nationality=row["国籍・地域"],
        category=row["第30条45規定区分"],
        status=row["在留資格"],
        period=row["在留期間"],
        expires_on=row["在留期間の満了日"],
        card_number=row["在留カード等番号"],
        resident_since=row["外国人住民となった年月日"],
    )
