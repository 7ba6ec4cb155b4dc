"""From an order to the words of its sheets: dates in Japanese era, what was not asked for left out. Pure."""

from issuance.documents.era import NotADate, partly_known
from issuance.documents.model import ForeignResident, Person, RenderInput, ResidenceStatus
from issuance.documents.sample import issuer_of
from issuance.domain.order import Order, printed_name
from madoguchi.contracts.vocabulary import OptionalItem
from madoguchi.policy.models import Municipality
from madoguchi.register.model import Entry, Foreign, Sex

_SEX = {Sex.MALE: "男", Sex.FEMALE: "女", Sex.NOT_STATED: "―"}
_ABSENT = "―"


def sheets(order: Order, town: Municipality) -> RenderInput:
    """What the press is to print. Raises `ValueError` (`NotADate` is one) when the register's text can't be printed."""
    return RenderInput(
        issuer=issuer_of(town),
        number=order.number,
        form=order.options.form,
        persons=tuple(_person(entry, order.options.include) for entry in order.persons),
        attestation=town.seal.reason,
        issued_on=order.issued_on,
        verification_url=order.verification_url,
    )


def _person(entry: Entry, include: tuple[OptionalItem, ...]) -> Person:
    foreign = entry.foreign
    head = OptionalItem.HEAD_AND_RELATIONSHIP in include
    domicile = OptionalItem.REGISTERED_DOMICILE in include and foreign is None
    since = foreign.resident_since if foreign and foreign.resident_since else entry.resident_since
    return Person(
        name=printed_name(entry),
        kana=entry.name_kana or None,
        former_surname=entry.former_surname or None,
        alias=entry.common_name or None,
        birth_date=_birth_date(entry),
        sex=_SEX[entry.sex],
        address=entry.address,
        head=(entry.head or _ABSENT) if head else None,
        relationship=(entry.relationship or _ABSENT) if head else None,
        domicile=(entry.domicile or _ABSENT) if domicile else None,
        registrant=(entry.family_register_head or _ABSENT) if domicile else None,
        resident_since=_era(since),
        address_since=_era(entry.address_since),
        notified_on=_era(entry.notified_on),
        previous_address=entry.previous_address or None,
        foreign=ForeignResident(status=_status(foreign, include)) if foreign else None,
    )


def _status(foreign: Foreign, include: tuple[OptionalItem, ...]) -> ResidenceStatus | None:
    if OptionalItem.RESIDENCE_STATUS not in include:
        return None
    return ResidenceStatus(
        nationality=foreign.nationality or _ABSENT,
        category=foreign.category or _ABSENT,
        status=foreign.status or None,
        period=foreign.period or None,
        expires_on=_western(foreign.expires_on),
        card_number=foreign.card_number or None,
    )


def _birth_date(entry: Entry) -> str:
    """In Japanese era; a foreign resident's in the Western calendar. The register's own wording goes first."""
    if entry.birth_wording:
        return entry.birth_wording
    said = _western(entry.birth_date) if entry.foreign else _era(entry.birth_date)
    if said is None:
        raise NotADate("no birth date")
    return said


def _era(day: str) -> str | None:
    return partly_known(*_parts(day)) if day else None


def _western(day: str) -> str | None:
    if not day:
        return None
    year, month, dated = _parts(day)
    return _western_text(year, month, dated)


def _western_text(year: int, month: int, day: int) -> str:
    """`1990年1月2日`, with 不詳 for unknown parts (0)."""
    if not year:
        return "年月日不詳"
    if not month:
        return f"{year}年月日不詳"
    return f"{year}年{month}月{day}日" if day else f"{year}年{month}月日不詳"


def _parts(day: str) -> tuple[int, int, int]:
    year, month, dated = day.split("-")
    return int(year), int(month), int(dated)
