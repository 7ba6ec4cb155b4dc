"""What differs between what a card says and what the register holds, character by character. Pure.

The characters are laid side by side; each pair is judged as the matching of names judges it: the same, a variant,
replaced by the card (a substitution flag), or another character. The clerk decides; this only shows where to look.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import zip_longest

from madoguchi.contracts.personal import CardAttributes
from madoguchi.register import addresses
from madoguchi.register.model import Entry, Sex
from madoguchi.register.names import Agreement, agreement


class Mark(StrEnum):
    """How a pair of characters stands to each other."""

    SAME = "same"
    EXPLAINED = "explained"
    """The card says that it replaced the character, and the map of substitutions knows the pair (髙 → 高)."""
    REPLACED = "replaced"
    """The card says that it replaced the character; no map explains by this one."""
    VARIANT = "variant"
    """Variants of one character, which the card does not admit."""
    DIFFERENT = "different"
    MISSING = "missing"
    """One side has nothing here."""


_MARK_OF = {
    Agreement.SAME: Mark.SAME,
    Agreement.EXPLAINED: Mark.EXPLAINED,
    Agreement.POSSIBLE: Mark.REPLACED,
    Agreement.VARIANT: Mark.VARIANT,
    Agreement.DIFFERENT: Mark.DIFFERENT,
}


@dataclass(frozen=True, slots=True, repr=False)
class Pair:
    """One character of each side; empty where a side has none."""

    said: str
    held: str
    mark: Mark


class Field(StrEnum):
    """What is compared (基本4情報)."""

    NAME = "name"
    BIRTH_DATE = "birth_date"
    SEX = "sex"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True, repr=False)
class Compared:
    """One field on both sides."""

    field: Field
    pairs: tuple[Pair, ...]
    agrees: bool
    """As the automatic matching would say; an address may agree though it is written differently."""

    @property
    def said(self) -> str:
        """The card's side, in full."""
        return "".join(pair.said for pair in self.pairs)

    @property
    def held(self) -> str:
        """The register's side, in full."""
        return "".join(pair.held for pair in self.pairs)

    @property
    def differing(self) -> tuple[Pair, ...]:
        """The pairs worth looking at."""
        return tuple(pair for pair in self.pairs if pair.mark is not Mark.SAME)


def compared(card: CardAttributes, entry: Entry) -> tuple[Compared, ...]:
    """Every field of the card against the entry. Of several names, the one that agrees best."""
    flags = card.name_substitutions
    name = max((entry.name, *entry.other_names), key=lambda held: agreement(card.name, flags, held))
    return (
        Compared(Field.NAME, pairs(card.name, flags, name), agreement(card.name, flags, name) is Agreement.SAME),
        _plain(Field.BIRTH_DATE, card.birth_date, entry.birth_date, agrees=card.birth_date == entry.birth_date),
        _plain(Field.SEX, card.sex, entry.sex.value, agrees=card.sex in (entry.sex, Sex.NOT_STATED)),
        Compared(
            Field.ADDRESS,
            pairs(card.address, card.address_substitutions, entry.address),
            addresses.same(card.address, entry.address),
        ),
    )


def pairs(said: str, flags: str, held: str) -> tuple[Pair, ...]:
    """The two texts laid side by side. `flags` (`0`/`1` per character of `said`) that don't fit count as all set."""
    if len(flags) != len(said) or set(flags) - {"0", "1"}:
        flags = "1" * len(said)
    left, right = _clusters(said, flags), _clusters(held, "0" * len(held))
    matcher = SequenceMatcher(None, [text for text, _ in left], [text for text, _ in right], autojunk=False)
    found: list[Pair] = []
    for _, start, end, other_start, other_end in matcher.get_opcodes():
        found += _beside(left[start:end], right[other_start:other_end])
    return tuple(found)


def _beside(left: Sequence[tuple[str, str]], right: Sequence[tuple[str, str]]) -> list[Pair]:
    return [
        Pair(said, held, _mark(said, flag, held))
        for (said, flag), (held, _) in zip_longest(left, right, fillvalue=("", "0"))
    ]


def _mark(said: str, flag: str, held: str) -> Mark:
    if said.isspace() or held.isspace():
        return Mark.SAME if not (said + held).strip() else Mark.MISSING
    if not (said and held):
        return Mark.MISSING
    return _MARK_OF[agreement(said, flag * len(said), held)]


def _plain(field: Field, said: str, held: str, *, agrees: bool) -> Compared:
    mark = Mark.SAME if said == held else Mark.DIFFERENT
    return Compared(field, (Pair(said, held, mark),), agrees)


def _clusters(text: str, flags: str) -> list[tuple[str, str]]:
    """Characters with their variation selectors, and whether any of it was replaced (`0`/`1`)."""
    found: list[tuple[str, str]] = []
    for character, flag in zip(text, flags, strict=True):
        if found and (0xFE00 <= ord(character) <= 0xFE0F or 0xE0100 <= ord(character) <= 0xE01EF):
            before, was = found[-1]
            found[-1] = (before + character, max(was, flag))
        else:
            found.append((character, flag))
    return found
