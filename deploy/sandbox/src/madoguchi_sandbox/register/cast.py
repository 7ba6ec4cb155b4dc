"""The cast: who the personas are. One household per line of thought; numbers are fixed, so that tests can name them."""

from dataclasses import replace
from typing import Any

from madoguchi_sandbox.register.schema import CITY, PREFECTURE, Block, Kind, Resident, Sex, Status

Cast = dict[str, tuple[str, Resident]]
_M, _F = Sex.MALE, Sex.FEMALE
_DOMICILE = f"{PREFECTURE}{CITY}見本町一丁目1番地"


def person(number: int, household: int, name: str, sex: Sex, birth: str, **other: Any) -> Resident:
    """A Japanese head of a household of one at an ordinary address, unless `other` says otherwise."""
    values: dict[str, Any] = {
        "address_number": f"{number:010d}",
        "household_number": f"{household:010d}",
        "position": 1,
        "kind": Kind.JAPANESE,
        "status": Status.CURRENT,
        "name": name,
        "name_kana": "",
        "sex": sex,
        "birth_date": birth,
        "head": name,
        "relationship": "世帯主",
        "town": "見本町一丁目",
        "lot": f"{household}番1号",
        "resident_since": "2015-04-01",
        "address_since": "2015-04-01",
        "notified_on": "2015-04-05",
        "previous_address": "例示県仮市中央一丁目2番3号",
        "domicile": _DOMICILE,
        "family_register_head": name,
    }
    return Resident(**{**values, **other})


def member(  # noqa: PLR0917 (read as a row of a table)
    head: Resident, number: int, name: str, sex: Sex, birth: str, relationship: str, **other: Any
) -> Resident:
    """Someone of `head`'s household."""
    same = replace(head, address_number=f"{number:010d}", name=name, name_kana="", sex=sex, birth_date=birth)
    position = other.pop("position", 2)
    return replace(same, relationship=relationship, position=position, birth_wording="", **other)


def residents() -> Cast:
    """Everyone, by key: (what is particular, the register's entry)."""
    return {**_ordinary(), **_spelled(), **_foreign(), **_guarded(), **_alike(), **_dated(), **_gone(), **_housed()}


def _ordinary() -> Cast:
    taro = person(101, 11, "例野　太郎", _M, "1989-11-03", name_kana="レイノ　タロウ", building="見本ハイツ202号室")
    hanako = member(taro, 102, "例野　花子", _F, "1991-04-12", "妻", name_kana="レイノ　ハナコ")
    sora = member(taro, 103, "例野　そら", _F, "2019-08-30", "子", name_kana="レイノ　ソラ", position=3)
    solo = person(104, 12, "仮沢　一人", _M, "1978-01-15", town="例示台三丁目", name_kana="カリサワ　カズト")
    return {
        "hanako": ("a good ordinary case: in her thirties, with husband and child", hanako),
        "taro": ("her husband, head of the household", taro),
        "child": ("their child: under 15, so never a holder of a signature certificate", sora),
        "solo": ("lives alone", solo),
    }


def _spelled() -> Cast:
    hashigo = person(201, 21, "髙橋　見本子", _F, "1985-06-20", name_kana="タカハシ　ミホコ")
    tsuchi = person(202, 22, "𠮷田　試一", _M, "1972-03-09", name_kana="ヨシダ　シイチ")
    tatsu = person(203, 23, "山﨑　例美", _F, "1969-12-01", name_kana="ヤマサキ　レミ")
    known = person(204, 24, "渡邊\U000e0101　写子", _F, "1980-02-17", name_kana="ワタナベ　ウツシコ")
    unknown = person(205, 25, "渡邊\U000e0110　控太", _M, "1981-09-23", name_kana="ワタナベ　コウタ")
    landlord = person(206, 26, "帳本　照子", _F, "1990-10-10", name_kana="チョウモト　テルコ")
    guest = member(landlord, 207, "渡邉\U000e0113　綴", _F, "1962-05-05", "母", name_kana="ワタナベ　ツヅリ")
    former = person(208, 27, "版浦　旧子", _F, "1988-08-08", former_surname="枠林", name_kana="ハンウラ　キュウコ")
    return {
        "takahashi_hashigo": ("髙, replaced by 高 on the card", hashigo),
        "yoshida_tsuchi": ("𠮷 beyond the basic plane, replaced by 吉 on the card", tsuchi),
        "yamasaki_tatsu": ("﨑, which certificates can't spell", tatsu),
        "ivs_known": ("邊 with a selector that the shipped font knows", known),
        "ivs_unknown": ("邊 with a selector that the shipped font does not know", unknown),
        "ivs_mother_unknown": ("a plain name, but her mother's can't be printed", landlord),
        "ivs_mother": ("邉 with a selector that the shipped font does not know", guest),
        "former_surname": ("has a former surname (旧氏) on the register", former),
    }


def _foreign() -> Cast:
    latin = person(
        301,
        31,
        "WANG MIHON",
        _F,
        "1994-07-21",
        kind=Kind.FOREIGN,
        kanji_name="王　見本",
        common_name="王野　見子",
        domicile="",
        family_register_head="",
        nationality="中国",
        residence_category="中長期在留者",
        residence_status="技術・人文知識・国際業務",
        residence_period="5年",
        residence_until="2029-03-31",
        residence_card="ZZ10000001ZZ",
        foreign_resident_since="2018-04-10",
        resident_since="2018-04-10",
        address_since="2018-04-10",
        notified_on="2018-04-10",
        previous_address="",
    )
    special = replace(
        person(302, 32, "KIM REIDAI", _M, "1960-01-31", domicile="", family_register_head="", kind=Kind.FOREIGN),
        kanji_name="金　例題",
        nationality="韓国",
        residence_category="特別永住者",
        foreign_resident_since="2012-07-09",
        residence_card="ZZ10000002ZZ",
    )
    return {
        "foreign": ("a foreign resident with Latin and kanji names and a common name (通称)", latin),
        "foreign_special": ("a special permanent resident: no status, no period", special),
    }


def _guarded() -> Cast:
    guarded = person(401, 41, "封谷　静", _F, "1987-05-02", town="架空ヶ丘二丁目")
    child = member(guarded, 402, "封谷　小春", _F, "2016-10-12", "子")
    provisional = person(403, 42, "霧咲　澪", _F, "1992-12-24", town="架空ヶ丘二丁目")
    overdue = person(404, 43, "凪原　薫", _M, "1975-11-11", town="架空ヶ丘二丁目")
    lifted = person(405, 44, "虹村田　晴", _F, "1983-03-03", town="架空ヶ丘二丁目")
    head = person(406, 45, "影岡　剛", _M, "1970-02-02", town="架空ヶ丘二丁目")
    wife = member(head, 407, "影岡　灯", _F, "1973-09-09", "妻")
    return {
        "blocked": ("under a decided disclosure block (支援措置)", guarded),
        "blocked_child": ("goes with her and is blocked too", child),
        "blocked_provisional": ("under a provisional block (仮支援措置)", provisional),
        "blocked_overdue": ("the block's end has passed, but nobody lifted it", overdue),
        "block_lifted": ("was blocked once; it was lifted", lifted),
        "blocks_wife": ("not blocked himself; his wife is", head),
        "blocked_wife": ("blocked, still in her husband's household", wife),
    }


def blocks() -> tuple[Block, ...]:
    """支援措置."""
    return (
        Block("0000000401", "2", "1", "2026-06-01", "2027-05-31"),
        Block("0000000402", "2", "1", "2026-06-01", "2027-05-31"),
        Block("0000000403", "1", "2", "2026-11-01", "2026-12-31"),
        Block("0000000404", "2", "4", "2023-04-01", "2024-03-31"),
        Block("0000000405", "2", "3", "2022-04-01", "2023-03-31", lifted_on="2023-04-03"),
        Block("0000000407", "1", "1", "2026-10-20", "2026-11-20"),
    )


def _alike() -> Cast:
    mother = person(501, 51, "双町　恵", _F, "1970-07-07", town="例示台四丁目")
    aoi = member(mother, 502, "双町　葵", _F, "1999-03-14", "子")
    akane = member(mother, 503, "双町　茜", _F, "1999-03-14", "子", position=3)
    double = person(504, 52, "写山　重", _M, "1965-04-30", town="ひな形町", lot="12番地")
    again = replace(double, address_number="0000000505", household_number="0000000053")
    name, birth = "試川　同名", "1990-01-01"
    return {
        "twin": ("a twin: same birth date, sex and address as her sister", aoi),
        "twin_other": ("her sister", akane),
        "twins_mother": ("their mother", mother),
        "double": ("one person with two 宛名番号", double),
        "double_again": ("the same person's second entry", again),
        "namesake": ("shares name and birth date with someone else", person(506, 54, name, _M, birth)),
        "namesake_other": ("the other one", person(507, 55, name, _M, birth, town="字試し原", lot="70番地の2")),
    }


def _dated() -> Cast:
    no_day = person(601, 61, "余白　米子", _F, "1938-05-00", birth_wording="昭和13年5月日不詳")
    no_year = person(602, 62, "欄間　不詳", _M, "0000-00-00", birth_wording="年月日不詳")
    leap = person(603, 63, "頁岡　閏", _M, "1957-02-29")
    return {
        "birth_day_unknown": ("the day of birth is unknown", no_day),
        "birth_unknown": ("nothing is known of the birth date", no_year),
        "birth_not_a_day": ("29 February of a common year", leap),
        "era_last_day": ("born on the last day of Taishō", person(604, 64, "稿原　正", _M, "1926-12-24")),
        "era_first_day": ("born on the first day of Heisei", person(605, 65, "枠林　成美", _F, "1989-01-08")),
    }


def _gone() -> Cast:
    moved = person(701, 71, "風待　移", _M, "1995-05-25", status=Status.MOVED_OUT, removed_because="転出")
    moved = replace(moved, removed_on="2026-03-31", moved_to="空想県霧市港町9番10号")
    dead = person(702, 72, "星降　昇", _M, "1931-02-11", status=Status.DECEASED, removed_because="死亡")
    left = replace(moved, address_number="0000000703", name="夢崎　帰", head="夢崎　帰", removed_on="2020-01-31")
    back = person(704, 74, "夢崎　帰", _M, "1995-05-25", resident_since="2024-02-02", address_since="2024-02-02")
    return {
        "moved_out": ("moved away: only a 除票 is left", moved),
        "deceased": ("died: only a 除票 is left", replace(dead, removed_on="2025-12-01")),
        "came_back": ("moved away and came back: a 除票 and a present entry", back),
        "came_back_before": ("their old 除票", left),
    }


def _housed() -> Cast:
    head = person(801, 81, "綴野　大家", _M, "1950-04-04", town="朝日山手五丁目", lot="8番")
    family = (
        ("big_wife", "綴野　澄", _F, "1952-06-06", "妻"),
        ("big_son", "綴野　亘", _M, "1977-07-17", "子"),
        ("big_sons_wife", "綴野　望", _F, "1979-01-29", "子の妻"),
        ("big_grandchild", "綴野　芽", _F, "2010-09-01", "子の子"),
        ("big_sons_wifes_mother", "窓谷　縁", _F, "1949-03-30", "子の妻の母"),
        ("big_lodger", "届木　居", _M, "1998-12-12", "同居人"),
    )
    others = {
        key: (f"of a household of seven: {kin}", member(head, 801 + i, name, sex, born, kin, position=i + 1))
        for i, (key, name, sex, born, kin) in enumerate(family, 1)
    }
    hall = "架空山手ヒルズ・グランドレジデンス例示台サウスタワー弐号館"
    rooms = "管理組合法人架空山手ヒルズ自治会気付　ひな形不動産見本支店社宅　1203号室　仮屋敷様方"
    far = person(
        811, 82, "紙屋敷　長右衛門", _M, "1968-10-18", town="大字架空山手字例示台下ひな形", building=f"{hall}　{rooms}"
    )
    return {
        "big_head": ("head of a household of seven: two sheets", head),
        **others,
        "long_address": ("an address with a very long building name", replace(far, lot="12345番地の6の7")),
    }
