"""The town's register (住民記録) as issuance sees it. Values are the register's own text, never normalised."""

from dataclasses import dataclass, field
from enum import StrEnum


class Sex(StrEnum):
    """性別, as the register has it."""

    MALE = "male"
    FEMALE = "female"
    NOT_STATED = "not_stated"


@dataclass(frozen=True, slots=True, repr=False)
class Foreign:
    """What the register holds of a foreign resident only; empty text where it holds nothing."""

    kanji_name: str = ""
    nationality: str = ""
    category: str = ""
    status: str = ""
    period: str = ""
    expires_on: str = ""
    card_number: str = ""
    resident_since: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """One entry (住民票, or 除票 when `removed`). Dates are `YYYY-MM-DD` with `00` for unknown parts, or empty."""

    address_number: str
    """宛名番号: a number of the entry, not of the person; some people have two."""
    household_number: str
    removed: bool
    name: str
    birth_date: str
    sex: Sex
    address: str
    """From the prefecture on, with building and room."""
    head: str
    relationship: str
    name_kana: str = ""
    former_surname: str = ""
    common_name: str = ""
    birth_wording: str = ""
    """How an unknown birth date is printed; empty when it is known."""
    domicile: str = ""
    family_register_head: str = ""
    resident_since: str = ""
    address_since: str = ""
    notified_on: str = ""
    previous_address: str = ""
    foreign: Foreign | None = None

    @property
    def other_names(self) -> tuple[str, ...]:
        """Names besides the main one that a card or a resident may use."""
        kanji = self.foreign.kanji_name if self.foreign else ""
        surname, _, given = self.name.partition("　")
        former = f"{self.former_surname}　{given}" if self.former_surname and given and surname else ""
        return tuple(name for name in (kanji, self.common_name, former) if name)


@dataclass(frozen=True, slots=True, repr=False)
class Household:
    """The entries of one household, in the order of the sheet, and who of them is under a block.

    A block counts until it is lifted: provisional ones too, and those whose end has passed.
    """

    entries: tuple[Entry, ...]
    blocked: frozenset[str] = field(default_factory=frozenset)
    """宛名番号."""

    @property
    def present(self) -> tuple[Entry, ...]:
        """Without 除票."""
        return tuple(entry for entry in self.entries if not entry.removed)
