"""From a `RenderInput` to the words and cells of each sheet: what is shown, what reads 省略, what is absent. Pure.

A sheet is a list of tables; a table is a list of strips; a strip is one row of labelled cells over twelve columns.
"""

from collections.abc import Iterator, Sequence
from typing import Any, TypedDict

from issuance.documents.era import wareki
from issuance.documents.model import ForeignResident, Person, RenderInput, ResidenceStatus
from madoguchi.contracts.vocabulary import CertificateForm

PERSONS_PER_SHEET = 4
"""世帯連記式 of the standard specification: at most four persons a sheet."""

TITLE = "住民票の写し"
OMITTED = "省略"
NONE = "―"
"""The register holds nothing under this label."""

NOTE = "個人番号及び住民票コードは、記載を省略しています。"
SAMPLE = "これは試験用の見本です。証明書として使うことはできません。"
WATERMARK = "見本"
ROOM_LEFT = "以下余白"
SEAL_MARK = ["電子公印", "PAdES 電子署名"]
SEAL_NOTE = "この証明書には、印影に代えて電子公印（PAdES 電子署名、タイムスタンプ付き）を付しています。"
QR_CAPTION = (
    "証明書が真正であることは、二次元コードのページで、どなたでも確かめられます。"
    "電子公印は電子データに付いています。印刷したものは、必ずこのページで確かめてください。"
)
QR_ALT = "証明書を確かめるページの二次元コード"


class Cell(TypedDict):
    """A label over a value; `span` of twelve columns; `reading` is set small above the value."""

    label: str
    value: str
    span: int
    reading: str


Strip = list[Cell]


def sheets_of(document: RenderInput, per_sheet: int = PERSONS_PER_SHEET) -> list[tuple[Person, ...]]:
    """The persons on each sheet: one in 個人票, up to `per_sheet` in 世帯連記式."""
    count = per_sheet if document.form is CertificateForm.HOUSEHOLD else 1
    persons = document.persons
    return [persons[start : start + count] for start in range(0, len(persons), count)]


def view(document: RenderInput, *, family: str, qr: str, per_sheet: int = PERSONS_PER_SHEET) -> dict[str, Any]:
    """All the template needs, as JSON values; no wording is left to the template."""
    household = document.form is CertificateForm.HOUSEHOLD
    issuer = document.issuer
    return {
        "family": family,
        "document_title": f"{TITLE}　{document.number}",
        "title": TITLE,
        "form": "世帯連記式" if household else "個人票",
        "author": f"{issuer.prefecture}{issuer.name}",
        "number": document.number,
        "number_line": f"発行番号　{document.number}",
        "roomy": not household,
        "sample": SAMPLE if issuer.sandbox else "",
        "watermark": WATERMARK,
        "sheets": [
            _household_sheet(group, number=1 + index * per_sheet, room=len(group) < per_sheet)
            if household
            else {"tables": [list(_strips(group[0], None))], "room_left": ""}
            for index, group in enumerate(sheets_of(document, per_sheet))
        ],
        "note": NOTE,
        "attestation": document.attestation,
        "issued_on": wareki(document.issued_on),
        "date": [document.issued_on.year, document.issued_on.month, document.issued_on.day],
        "prefecture": issuer.prefecture,
        "mayor": issuer.mayor,
        "seal_mark": SEAL_MARK,
        "seal_note": SEAL_NOTE,
        "qr": qr,
        "qr_caption": QR_CAPTION,
        "qr_alt": QR_ALT,
    }


def texts(document: RenderInput) -> Iterator[str]:
    """Every text that will be drawn, for the glyph guard."""
    yield from _strings(view(document, family="", qr=""))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            if key != "qr":
                yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _cell(label: str, value: str | None, span: int, reading: str | None = None, *, absent: str = NONE) -> Cell:
    return Cell(label=label, value=absent if value is None else value, span=span, reading=reading or "")


def _household_sheet(group: Sequence[Person], *, number: int, room: bool) -> dict[str, Any]:
    """What the household shares, then its members, numbered from `number`."""
    members = [list(_strips(person, number + offset)) for offset, person in enumerate(group)]
    return {"tables": [_shared(group[0]), *members], "room_left": ROOM_LEFT if room else ""}


def _shared(person: Person) -> list[Strip]:
    """What a household shares, above its members."""
    return [[_cell("住所", person.address, 12)], [_cell("世帯主", person.head, 12, absent=OMITTED)]]


def _strips(person: Person, number: int | None) -> Iterator[Strip]:
    yield from _who(person, number)
    yield from _other_names(person)
    if number is None:
        yield [_cell("住所", person.address, 12)]
        yield [
            _cell("世帯主", person.head, 8, absent=OMITTED),
            _cell("世帯主との続柄", person.relationship, 4, absent=OMITTED),
        ]
    since = "住民となった年月日" if person.foreign is None else "外国人住民となった年月日"
    yield [
        _cell(since, person.resident_since, 4),
        _cell("住所を定めた年月日", person.address_since, 4),
        _cell("届出年月日", person.notified_on, 4),
    ]
    if person.foreign is None:
        yield [
            _cell("本籍", person.domicile, 8, absent=OMITTED),
            _cell("筆頭者の氏名", person.registrant, 4, absent=OMITTED),
        ]
    else:
        yield from _residence(person.foreign)
    yield [_cell("転入前住所", person.previous_address, 12)]


def _who(person: Person, number: int | None) -> Iterator[Strip]:
    name = "氏名（振り仮名）" if person.kana else "氏名"
    if number is None:
        yield [_cell(name, person.name, 12, person.kana)]
        yield [_cell("生年月日", person.birth_date, 8), _cell("性別", person.sex, 4)]
        return
    yield [
        _cell(f"{number}　{name}", person.name, 5, person.kana),
        _cell("生年月日", person.birth_date, 3),
        _cell("性別", person.sex, 1),
        _cell("世帯主との続柄", person.relationship, 3, absent=OMITTED),
    ]


def _other_names(person: Person) -> Iterator[Strip]:
    names = [("旧氏", person.former_surname), ("通称", person.alias)]
    present: Sequence[tuple[str, str]] = [(label, value) for label, value in names if value is not None]
    if present:
        yield [_cell(label, value, 12 // len(present)) for label, value in present]


def _residence(foreign: ForeignResident) -> Iterator[Strip]:
    status = foreign.status
    yield [
        _cell("国籍・地域", _said(status, "nationality"), 4),
        _cell("法第30条の45に規定する区分", _said(status, "category"), 4),
        _cell("在留資格", _said(status, "status"), 4),
    ]
    yield [
        _cell("在留期間等", _said(status, "period"), 4),
        _cell("在留期間の満了の日", _said(status, "expires_on"), 4),
        _cell("在留カード等の番号", _said(status, "card_number"), 4),
    ]


def _said(status: ResidenceStatus | None, item: str) -> str | None:
    """省略 as a whole when not asked for; otherwise each item as the register has it."""
    return OMITTED if status is None else getattr(status, item)
