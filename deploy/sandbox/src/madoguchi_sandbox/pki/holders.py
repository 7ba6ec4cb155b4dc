"""Who a card is issued to: the register's entry, respelled as a signature certificate spells it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from jntajis import MJShrinkSchemeCombo, mj_shrink_candidates

from madoguchi_sandbox.pki.card_certificates import Attributes

JAPAN = timezone(timedelta(hours=9))
_REPERTOIRE = "euc_jp"
"""JIS X 0208 (levels 1 and 2) and JIS X 0212 (補助漢字): all that a certificate can spell."""
_OTHER_MAPPING = str.maketrans("－～∥￠￡￢", "−〜‖¢£¬")
"""Row 1 of JIS X 0208 as Windows maps it to Unicode → as this codec does."""
_NOTHING_LIKE_IT = "＊"
_SHRINK = MJShrinkSchemeCombo.JIS_INCORPORATION_UCS_UNIFICATION_RULE | MJShrinkSchemeCombo.MOJ_NOTICE_582
_SEX = {"male": "1", "female": "2"}
_ERAS = ((date(2019, 5, 1), "5"), (date(1989, 1, 8), "4"), (date(1926, 12, 25), "3"), (date(1912, 7, 30), "2"))


@dataclass(frozen=True, slots=True)
class Holder:
    """A resident, as far as a card speaks of them. `birth_date` is `YYYY-MM-DD`, with `00` where it is 不詳."""

    address_number: str
    """宛名番号."""
    name: str
    sex: str
    """`male`, `female`, or anything else for not stated."""
    birth_date: str
    address: str

    def attributes(self) -> Attributes:
        """The attributes of this person's certificate."""
        name, name_flags = substituted(self.name)
        address, address_flags = substituted(self.address)
        birth = self.birth_date.replace("-", "")
        return Attributes(
            name=name,
            name_flags=name_flags,
            sex=_SEX.get(self.sex, "3"),
            birth=era_digit(self.birth_date) + birth,
            address=address,
            address_flags=address_flags,
        )


def era_digit(birth_date: str) -> str:
    """1 明治 … 5 令和; 0 when the year is unknown. Month and day that are unknown count as the first."""
    year, month, day = (int(part) for part in birth_date.split("-"))
    if not year:
        return "0"
    first = date(year, max(month, 1), 1) + timedelta(days=max(day, 1) - 1)
    return next((digit for start, digit in _ERAS if first >= start), "1")


def substituted(text: str) -> tuple[str, str]:
    """`text` in the certificate's repertoire, and one flag per character: 1 where another one stands in.

    Variation selectors go; their base character is flagged.
    """
    spelled: list[str] = []
    flags: list[str] = []
    for character in text:
        if _is_selector(character):
            flags[-1:] = ["1"]
            continue
        stand_in = character if _in_repertoire(character) else _like(character)
        spelled.append(stand_in)
        flags.append("0" if stand_in == character else "1")
    return "".join(spelled), "".join(flags)


def _is_selector(character: str) -> bool:
    return 0xFE00 <= ord(character) <= 0xFE0F or 0xE0100 <= ord(character) <= 0xE01EF


def _in_repertoire(character: str) -> bool:
    try:
        character.translate(_OTHER_MAPPING).encode(_REPERTOIRE)
    except UnicodeEncodeError:
        return False
    return True


def _like(character: str) -> str:
    """A character of the repertoire that the MJ shrink map offers instead, or a star."""
    candidates = mj_shrink_candidates(character, _SHRINK)
    return next((c for c in candidates if len(c) == 1 and c != character and _in_repertoire(c)), _NOTHING_LIKE_IT)


def fifth_birthday(issued: date, birth_date: str) -> datetime:
    """When a signature certificate ends: the fifth birthday after issue, at 23:59:59 in Japan."""
    _, month, day = (int(part) for part in birth_date.split("-"))
    month, day = max(month, 1), min(max(day, 1), 28)  # a card for an unknown or leap day ends near it
    passed = (issued.month, issued.day) >= (month, day)
    return datetime.combine(date(issued.year + (5 if passed else 4), month, day), time(23, 59, 59), JAPAN)
