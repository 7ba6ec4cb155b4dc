"""From the register's entries to the words on the sheets: for everyone in the synthetic town."""

from datetime import date
from pathlib import Path

import pylopdf_fonts_jp
import pytest

from issuance.adapters.press import DocumentPress
from issuance.adapters.sheets import sheets
from issuance.documents.glyphs import coverage
from issuance.documents.model import RenderInput
from issuance.documents.press import SealedDocument
from issuance.documents.render import DoesNotFit
from issuance.domain.order import Order, require_same_subject
from issuance.ports import CannotPrint
from madoguchi.contracts.events import CertificateOptions
from madoguchi.contracts.vocabulary import CertificateForm, OptionalItem
from madoguchi.register.model import Entry
from madoguchi.register.port import RegisterUnavailable
from madoguchi.register.sqlite import SqliteRegister
from madoguchi_sandbox.register import PERSONAS, population
from unit.issuance.world import CODE, MOMENT, POLICY

EVERYTHING = CertificateOptions(include=tuple(OptionalItem))
NUMBER = f"{CODE}-20261124-0000000000"


async def entry(extract: Path, key: str) -> Entry:
    found = await SqliteRegister(extract).entry(PERSONAS[key].address_number)
    assert found is not None
    return found


def order(*persons: Entry, options: CertificateOptions = EVERYTHING) -> Order:
    return Order(CODE, NUMBER, options, persons, date(2026, 11, 24), "https://verify.example/verify/x")


async def test_everyone_in_town_has_a_sheet_in_both_forms(extract: Path) -> None:
    register = SqliteRegister(extract)
    for number in {resident.household_number for resident in population()}:
        home = await register.household(number)
        if home.present:
            options = CertificateOptions(form=CertificateForm.HOUSEHOLD, include=tuple(OptionalItem))
            assert sheets(order(*home.present, options=options), POLICY).persons
        for person in home.entries:
            sheets(order(person), POLICY)


@pytest.mark.parametrize(
    ("key", "birth_date"),
    [
        ("hanako", "平成3年4月12日"),
        ("birth_day_unknown", "昭和13年5月日不詳"),
        ("birth_unknown", "年月日不詳"),
        ("birth_not_a_day", "昭和32年2月29日"),
        ("era_last_day", "大正15年12月24日"),
        ("era_first_day", "平成元年1月8日"),
        ("foreign", "1994年7月21日"),
    ],
)
async def test_birth_dates(extract: Path, key: str, birth_date: str) -> None:
    (person,) = sheets(order(await entry(extract, key)), POLICY).persons
    assert person.birth_date == birth_date


async def test_what_is_not_asked_for_is_left_out(extract: Path) -> None:
    plain = CertificateOptions()
    (hanako,) = sheets(order(await entry(extract, "hanako"), options=plain), POLICY).persons
    assert (hanako.head, hanako.relationship, hanako.domicile, hanako.registrant) == (None,) * 4
    (wang,) = sheets(order(await entry(extract, "foreign"), options=plain), POLICY).persons
    assert wang.foreign is not None
    assert wang.foreign.status is None
    (hanako,) = sheets(order(await entry(extract, "hanako")), POLICY).persons
    assert (hanako.head, hanako.relationship) == (PERSONAS["taro"].name, "妻")
    (wang,) = sheets(order(await entry(extract, "foreign")), POLICY).persons
    assert wang.name == "WANG MIHON（王　見本）"
    assert wang.foreign is not None
    assert wang.foreign.status is not None
    assert wang.foreign.status.expires_on == "2029年3月31日"


def press(made: list[RenderInput], error: Exception | None = None) -> DocumentPress:
    async def make(document: RenderInput) -> SealedDocument:
        if error is not None:
            raise error
        made.append(document)
        return SealedDocument(b"%PDF", "00", 1, MOMENT)

    return DocumentPress(make, coverage(pylopdf_fonts_jp.serif_path()), {CODE: POLICY})


async def test_the_press_says_whose_sheets_it_made(extract: Path) -> None:
    wanted = order(await entry(extract, "foreign"), await entry(extract, "foreign_special"))
    require_same_subject(wanted, await press([]).make(wanted))


@pytest.mark.parametrize(("key", "printable"), [("ivs_known", True), ("ivs_unknown", False), ("yoshida_tsuchi", True)])
async def test_a_variant_that_the_font_lacks_is_seen_before_anyone_pays(
    extract: Path, key: str, printable: bool
) -> None:
    wanted = order(await entry(extract, key))
    if printable:
        press([]).check(wanted)
    else:
        with pytest.raises(CannotPrint):
            press([]).check(wanted)


async def test_what_does_not_fit_is_for_a_clerk(extract: Path) -> None:
    with pytest.raises(CannotPrint, match="DoesNotFit"):
        await press([], DoesNotFit()).make(order(await entry(extract, "hanako")))


async def test_the_register_is_opened_read_only_and_says_when_it_is_not_there(tmp_path: Path) -> None:
    register = SqliteRegister(tmp_path / "none.sqlite")
    with pytest.raises(RegisterUnavailable):
        await register.check()
    assert not (tmp_path / "none.sqlite").exists()


async def test_who_may_be_born_that_day(extract: Path) -> None:
    register = SqliteRegister(extract)
    for key in ("hanako", "birth_day_unknown", "birth_unknown", "birth_not_a_day"):
        persona = PERSONAS[key]
        assert persona.address_number in {e.address_number for e in await register.born(persona.birth_date)}
    assert PERSONAS["birth_day_unknown"].address_number in {e.address_number for e in await register.born("1938-05-17")}


async def test_blocks_count_until_they_are_lifted(extract: Path) -> None:
    register = SqliteRegister(extract)
    blocked = {}
    for key in ("blocked", "blocked_provisional", "blocked_overdue", "block_lifted", "hanako"):
        home = await register.household((await entry(extract, key)).household_number)
        blocked[key] = PERSONAS[key].address_number in home.blocked
    assert blocked == {
        "blocked": True,
        "blocked_provisional": True,
        "blocked_overdue": True,
        "block_lifted": False,
        "hanako": False,
    }
