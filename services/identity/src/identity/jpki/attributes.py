"""The four attributes (基本4情報) in a signature certificate's subjectAltName."""

import re
from collections.abc import Iterable
from typing import Final, Literal

from asn1crypto.core import UTF8String
from cryptography import x509

from identity.domain.verdict import Shortcoming
from identity.jpki.hostile import HOSTILE
from madoguchi.contracts.personal import CardAttributes
from madoguchi.contracts.vocabulary import IdentityReason

_ARC: Final = "1.2.392.200149.8.5.5."
_NAME, _NAME_FLAGS, _SEX, _BIRTH, _ADDRESS, _ADDRESS_FLAGS = (f"{_ARC}{number}" for number in range(1, 7))
_KNOWN: Final = {_NAME, _NAME_FLAGS, _SEX, _BIRTH, _ADDRESS, _ADDRESS_FLAGS}
_REQUIRED: Final = _KNOWN - {_SEX}
_BIRTH_FORM: Final = re.compile(r"[0-5](\d{4})(\d{2})(\d{2})", re.ASCII)
_FLAGS_FORM: Final = re.compile(r"[01]+", re.ASCII)
_LONGEST: Final = 400


def read(names: Iterable[x509.GeneralName], serial: int) -> CardAttributes:
    """Parse. Raises `Shortcoming(attributes_missing)` when one is missing, twice there, or not in its form."""
    values: dict[str, str] = {}
    for entry in names:
        if isinstance(entry, x509.OtherName) and entry.type_id.dotted_string in _KNOWN:
            oid = entry.type_id.dotted_string
            _expect(oid not in values, f"{oid} is there twice")
            values[oid] = _text(entry.value, oid)
    for oid in sorted(_REQUIRED):
        _expect(bool(values.get(oid)), f"{oid} is missing")
    return CardAttributes(
        name=values[_NAME],
        name_substitutions=_flags(values[_NAME_FLAGS], values[_NAME], _NAME_FLAGS),
        sex=_sex(values.get(_SEX)),
        birth_date=birth_date(values[_BIRTH]),
        address=values[_ADDRESS],
        address_substitutions=_flags(values[_ADDRESS_FLAGS], values[_ADDRESS], _ADDRESS_FLAGS),
        certificate_serial=str(serial),
    )


def birth_date(value: str) -> str:
    """`EYYYYMMDD` → `YYYY-MM-DD`. The era E only says how the card prints the year; the digits are Gregorian.

    Unknown (不詳) parts are zero; days that no calendar has are possible, so only the ranges are checked."""
    match = _BIRTH_FORM.fullmatch(value)
    if match is None:
        raise Shortcoming(IdentityReason.ATTRIBUTES_MISSING, "the birth date is not EYYYYMMDD")
    year, month, day = match.groups()
    _expect(int(month) <= 12 and int(day) <= 31, "the birth date has no such month or day")
    return f"{year}-{month}-{day}"


def _text(value: bytes, oid: str) -> str:
    try:
        text = UTF8String.load(value, strict=True).native
    except HOSTILE:
        text = None
    _expect(isinstance(text, str) and len(text) <= _LONGEST, f"{oid} is not a UTF8String")
    return str(text)


def _flags(flags: str, text: str, oid: str) -> str:
    _expect(_FLAGS_FORM.fullmatch(flags) is not None and len(flags) == len(text), f"{oid} does not fit its text")
    return flags


def _sex(value: str | None) -> Literal["male", "female", "not_stated"]:
    return "male" if value == "1" else "female" if value == "2" else "not_stated"


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Shortcoming(IdentityReason.ATTRIBUTES_MISSING, otherwise)
