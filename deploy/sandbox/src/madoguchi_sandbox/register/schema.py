"""The extract's two tables, in columns named after the standard specification's basic data
(住民記録システム標準仕様書・基本データリスト). Japanese column names, because that is what a town's extract has.

Dates are text `YYYY-MM-DD` with `00` for an unknown part, and may be days that no calendar has: they are kept as the
register has them, never corrected. There is no column for the My Number (個人番号) or the resident record code
(住民票コード): the extract leaves them out, as nobody who reads it may need them.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import StrEnum

PREFECTURE = "見本県"
CITY = "見本市"
CODE = "990019"


class Kind(StrEnum):
    """住民種別."""

    JAPANESE = "1"
    FOREIGN = "2"


class Status(StrEnum):
    """住民状態: only the first is on the register, the others are 除票."""

    CURRENT = "1"
    MOVED_OUT = "2"
    DECEASED = "3"


class Sex(StrEnum):
    """性別 (ISO/IEC 5218)."""

    UNKNOWN = "0"
    MALE = "1"
    FEMALE = "2"


@dataclass(frozen=True, slots=True)
class Resident:
    """One row of 住民. Field order is column order; see `COLUMNS` for the names."""

    address_number: str
    household_number: str
    position: int
    """記載順位: the order of the members on the household sheet."""
    kind: Kind
    status: Status
    name: str
    """氏名: of a foreign resident the Latin name (the main spelling), else the name as the family register has it."""
    name_kana: str
    sex: Sex
    birth_date: str
    head: str
    relationship: str
    town: str
    lot: str
    resident_since: str
    address_since: str
    notified_on: str
    previous_address: str
    building: str = ""
    birth_wording: str = ""
    """How an unknown birth date is printed (不詳表記); empty when it is known."""
    former_surname: str = ""
    kanji_name: str = ""
    common_name: str = ""
    domicile: str = ""
    family_register_head: str = ""
    nationality: str = ""
    residence_category: str = ""
    residence_status: str = ""
    residence_period: str = ""
    residence_until: str = ""
    residence_card: str = ""
    foreign_resident_since: str = ""
    removed_on: str = ""
    removed_because: str = ""
    moved_to: str = ""

    @property
    def address(self) -> str:
        """The whole address from the prefecture on, as a card states it."""
        return f"{PREFECTURE}{CITY}{self.town}{self.lot}" + (f"　{self.building}" if self.building else "")


@dataclass(frozen=True, slots=True)
class Block:
    """One row of 支援措置: a disclosure block for a victim. It lasts until it is lifted, not until its end."""

    address_number: str
    stage: str
    """`1` provisional (仮支援措置), `2` decided (支援措置)."""
    reason: str
    """`1` domestic violence, `2` stalking, `3` child abuse, `4` other. Never printed, never sent."""
    starts_on: str
    ends_on: str
    lifted_on: str = ""


COLUMNS = {
    "address_number": "宛名番号",
    "household_number": "世帯番号",
    "position": "記載順位",
    "kind": "住民種別",
    "status": "住民状態",
    "name": "氏名",
    "name_kana": "氏名_フリガナ",
    "sex": "性別",
    "birth_date": "生年月日",
    "head": "世帯主_氏名",
    "relationship": "続柄",
    "town": "住所_町字",
    "lot": "住所_番地号表記",
    "resident_since": "住民となった年月日",
    "address_since": "住所を定めた年月日",
    "notified_on": "届出年月日",
    "previous_address": "転入前住所",
    "building": "住所_方書",
    "birth_wording": "生年月日_不詳表記",
    "former_surname": "旧氏",
    "kanji_name": "氏名_外国人漢字",
    "common_name": "通称",
    "domicile": "本籍",
    "family_register_head": "筆頭者_氏名",
    "nationality": "国籍・地域",
    "residence_category": "第30条45規定区分",
    "residence_status": "在留資格",
    "residence_period": "在留期間",
    "residence_until": "在留期間の満了日",
    "residence_card": "在留カード等番号",
    "foreign_resident_since": "外国人住民となった年月日",
    "removed_on": "消除年月日",
    "removed_because": "消除事由",
    "moved_to": "転出先住所",
}
BLOCK_COLUMNS = {
    "address_number": "宛名番号",
    "stage": "支援措置_段階",
    "reason": "支援措置_事由",
    "starts_on": "支援措置_開始年月日",
    "ends_on": "支援措置_終了年月日",
    "lifted_on": "支援措置_解除年月日",
}

_FIXED = {"市区町村コード": CODE, "住所_都道府県": PREFECTURE, "住所_市区町村": CITY}


def create(connection: sqlite3.Connection) -> None:
    """The empty tables and their indexes."""
    names = ", ".join(f'"{name}" TEXT NOT NULL' for name in (*_FIXED, *COLUMNS.values()))
    names = names.replace('"記載順位" TEXT', '"記載順位" INTEGER')
    connection.execute(f'CREATE TABLE "住民" ({names}, PRIMARY KEY ("宛名番号")) WITHOUT ROWID')
    connection.execute('CREATE INDEX "住民_生年月日" ON "住民" ("生年月日")')
    connection.execute('CREATE INDEX "住民_世帯番号" ON "住民" ("世帯番号")')
    names = ", ".join(f'"{name}" TEXT NOT NULL' for name in BLOCK_COLUMNS.values())
    connection.execute(f'CREATE TABLE "支援措置" ({names})')
    connection.execute('CREATE INDEX "支援措置_宛名番号" ON "支援措置" ("宛名番号")')


def insert(connection: sqlite3.Connection, residents: Iterable[Resident], blocks: Iterable[Block]) -> None:
    """Fill the tables."""
    fixed = tuple(_FIXED.values())
    marks = ", ".join("?" * (len(fixed) + len(COLUMNS)))
    order = [f.name for f in fields(Resident)]
    columns = ", ".join(f'"{name}"' for name in (*_FIXED, *(COLUMNS[name] for name in order)))
    connection.executemany(
        f'INSERT INTO "住民" ({columns}) VALUES ({marks})',  # noqa: S608 (constants only)
        ((*fixed, *(getattr(resident, name) for name in order)) for resident in residents),
    )
    marks = ", ".join("?" * len(BLOCK_COLUMNS))
    connection.executemany(
        f'INSERT INTO "支援措置" VALUES ({marks})',  # noqa: S608 (constants only)
        (tuple(getattr(block, name) for name in BLOCK_COLUMNS) for block in blocks),
    )
