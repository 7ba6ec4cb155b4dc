"""What is said on a sheet, before it is drawn."""

from collections.abc import Callable

import pytest
from pydantic import ValidationError

from issuance.documents.model import ForeignResident, Person, RenderInput, ResidenceStatus
from issuance.documents.view import sheets_of, texts, view
from madoguchi.contracts.vocabulary import CertificateForm

Make = Callable[..., RenderInput]
Who = Callable[..., Person]


def cells(document: RenderInput) -> dict[str, list[str]]:
    """Every label with its values, in order."""
    found: dict[str, list[str]] = {}
    for sheet in view(document, family="", qr="")["sheets"]:
        for table in sheet["tables"]:
            for strip in table:
                for cell in strip:
                    found.setdefault(cell["label"].lstrip("0123456789　"), []).append(cell["value"])
    return found


def test_every_strip_fills_twelve_columns(certificate: Make, person: Who) -> None:
    everyone = [
        person(former_surname="旧", alias="通"),
        person(foreign=ForeignResident(), domicile=None, registrant=None),
    ]
    for form in CertificateForm:
        for sheet in view(certificate(*everyone, form=form), family="", qr="")["sheets"]:
            assert all(sum(cell["span"] for cell in strip) == 12 for table in sheet["tables"] for strip in table)


def test_items_not_asked_for_read_omitted(certificate: Make, person: Who) -> None:
    said = cells(certificate(person(head=None, relationship=None, domicile=None, registrant=None)))
    for label in ("世帯主", "世帯主との続柄", "本籍", "筆頭者の氏名"):
        assert said[label] == ["省略"]


def test_items_the_register_lacks_are_not_called_omitted(certificate: Make, person: Who) -> None:
    said = cells(certificate(person(previous_address=None, notified_on=None)))
    assert said["転入前住所"] == ["―"]
    assert said["届出年月日"] == ["―"]


def test_former_surname_and_alias_appear_only_where_there_is_one(certificate: Make, person: Who) -> None:
    assert "旧氏" not in cells(certificate(person()))
    assert cells(certificate(person(former_surname="旧姓"), person()))["旧氏"] == ["旧姓"]


def test_a_foreign_resident_has_no_domicile_but_a_status(certificate: Make, person: Who) -> None:
    status = ResidenceStatus(
        nationality="ブラジル", category="中長期在留者", status="永住者", card_number="AB12345678CD"
    )
    shown = cells(certificate(person(foreign=ForeignResident(status=status), domicile=None, registrant=None)))
    assert "本籍" not in shown
    assert shown["国籍・地域"] == ["ブラジル"]
    assert shown["在留期間の満了の日"] == ["―"]
    assert "外国人住民となった年月日" in shown
    hidden = cells(certificate(person(foreign=ForeignResident(), domicile=None, registrant=None)))
    assert hidden["国籍・地域"] == hidden["在留カード等の番号"] == ["省略"]


def test_the_household_sheet_holds_four_and_numbers_go_on(certificate: Make, person: Who) -> None:
    same = person()
    document = certificate(*[same] * 9)
    assert [len(group) for group in sheets_of(document)] == [4, 4, 1]
    drawn = view(document, family="", qr="")
    labels = [table[0][0]["label"] for sheet in drawn["sheets"] for table in sheet["tables"][1:]]
    assert [label.split("　")[0] for label in labels] == [str(n) for n in range(1, 10)]
    assert [sheet["room_left"] for sheet in drawn["sheets"]] == ["", "", "以下余白"]


def test_the_individual_form_gives_each_person_a_sheet(certificate: Make, person: Who) -> None:
    document = certificate(person(), person(), form=CertificateForm.INDIVIDUAL)
    assert [len(group) for group in sheets_of(document)] == [1, 1]


def test_the_glyph_guard_sees_every_value(certificate: Make, person: Who) -> None:
    resident = person(former_surname="旧", alias="通")
    everything = "\n".join(texts(certificate(resident)))
    for value in resident.model_dump(exclude_none=True).values():
        assert value in everything


@pytest.mark.parametrize(
    "changes",
    [
        {"head": None},
        {"domicile": None},
        {"foreign": ForeignResident()},
        {"name": ""},
        {"name": "あ" * 401},
    ],
)
def test_half_an_item_is_no_person(person: Who, changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as refused:
        person(**changes)
    assert "太郎" not in str(refused.value)


def test_a_household_shares_address_and_head(certificate: Make, person: Who) -> None:
    with pytest.raises(ValidationError):
        certificate(person(), person(address="よその住所"))


def test_a_number_of_another_town_is_refused(certificate: Make, person: Who) -> None:
    with pytest.raises(ValidationError):
        certificate(person(), number="131130-20261123-0123456789")


def test_a_person_is_silent_in_logs(certificate: Make, person: Who) -> None:
    assert "太郎" not in repr(certificate(person())) + str(person())
