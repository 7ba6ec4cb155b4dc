"""Which entry of the register is the person whose card was verified? Exactly one, or a clerk decides.

Deciding wrongly here hands somebody's record to somebody else, so whatever is not plain agreement in name, birth date,
sex and address is referred, with the candidates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from madoguchi.contracts.personal import CardAttributes
from madoguchi.register import addresses
from madoguchi.register.model import Entry, Sex
from madoguchi.register.names import Agreement, agreement, flagged


class ReviewReason(StrEnum):
    """Why a clerk must look. Travels sealed only: a block must not show, and so none of them may."""

    NO_MATCH = "no_match"
    SEVERAL_MATCHES = "several_matches"
    DOUBLE_ENTRY = "double_entry"  # 宛名番号の重複
    SUBSTITUTED_CHARACTERS = "substituted_characters"  # 代替文字
    DIFFERENCES = "differences"
    REMOVED_ENTRY = "removed_entry"  # 除票
    DISCLOSURE_BLOCK = "disclosure_block"  # 支援措置
    UNDER_AGE = "under_age"
    MEMBER_UNCLEAR = "member_unclear"
    HOUSEHOLD_UNCLEAR = "household_unclear"
    CANNOT_BE_PRINTED = "cannot_be_printed"
    CHOICE_NOT_FOUND = "choice_not_found"


@dataclass(frozen=True, slots=True, repr=False)
class Found:
    """Exactly one person."""

    entry: Entry


@dataclass(frozen=True, slots=True, repr=False)
class Unclear:
    """A clerk must look."""

    reason: ReviewReason
    candidates: tuple[str, ...] = ()
    """宛名番号 of the entries worth looking at."""


def match(card: CardAttributes, entries: Sequence[Entry]) -> Found | Unclear:
    """Find the card's holder among `entries` (all whose birth date may be the card's)."""
    near = [entry for entry in entries if _near(card, entry)]
    present = [entry for entry in near if not entry.removed]
    exact = [entry for entry in present if _exact(card, entry)]
    numbers = tuple(entry.address_number for entry in near)
    if flagged(card.name_substitutions) or flagged(card.address_substitutions):
        return Unclear(ReviewReason.SUBSTITUTED_CHARACTERS if near else ReviewReason.NO_MATCH, numbers)
    if len(exact) == 1:
        doubles = [entry for entry in present if entry is not exact[0] and _seems_double(exact[0], entry)]
        return Unclear(ReviewReason.DOUBLE_ENTRY, numbers) if doubles else Found(exact[0])
    if exact:
        double = all(_seems_double(exact[0], entry) for entry in exact[1:])
        return Unclear(ReviewReason.DOUBLE_ENTRY if double else ReviewReason.SEVERAL_MATCHES, numbers)
    if present:
        return Unclear(ReviewReason.DIFFERENCES, numbers)
    return Unclear(ReviewReason.REMOVED_ENTRY if near else ReviewReason.NO_MATCH, numbers)


def birth_may_be(said: str, held: str) -> bool:
    """Whether two birth dates (`00`: unknown) may be the same day."""
    parts = zip(said.split("-"), held.split("-"), strict=True)
    return all(one == other or not int(one) or not int(other) for one, other in parts)


def named(name: str, birth_date: str, entry: Entry) -> bool:
    """Whether a resident who writes `name` and `birth_date` means this entry: exactly, under any of its names."""
    plain = "0" * len(name)
    spelled = (agreement(name, plain, held) for held in (entry.name, *entry.other_names))
    return birth_date == entry.birth_date and max(spelled) is Agreement.SAME


def nearly_named(name: str, birth_date: str, entry: Entry) -> bool:
    """Whether they may mean it: the same birth date, or a spelling of the same name."""
    plain = "0" * len(name)
    spelled = (agreement(name, plain, held) for held in (entry.name, *entry.other_names))
    return birth_may_be(birth_date, entry.birth_date) or max(spelled) > Agreement.DIFFERENT


def _name(card: CardAttributes, held: str) -> Agreement:
    return agreement(card.name, card.name_substitutions, held)


def _near(card: CardAttributes, entry: Entry) -> bool:
    names = (_name(card, held) for held in (entry.name, *entry.other_names))
    return birth_may_be(card.birth_date, entry.birth_date) and max(names) > Agreement.DIFFERENT


def _exact(card: CardAttributes, entry: Entry) -> bool:
    return (
        _name(card, entry.name) is Agreement.SAME
        and card.birth_date == entry.birth_date
        and card.sex in (entry.sex, Sex.NOT_STATED)
        and addresses.same(card.address, entry.address)
    )


def _seems_double(one: Entry, other: Entry) -> bool:
    """Two entries that seem to be one person's: same day of birth, sex and place, and spellings of one name."""
    return (
        birth_may_be(one.birth_date, other.birth_date)
        and one.sex == other.sex
        and addresses.key(one.address) == addresses.key(other.address)
        and agreement(one.name, "0" * len(one.name), other.name) > Agreement.DIFFERENT
    )
