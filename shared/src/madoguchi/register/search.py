"""Looking for somebody in the register with what a clerk has: a spelling, a reading, a birth date, a number."""

import unicodedata
from dataclasses import dataclass

from madoguchi.register.model import Entry
from madoguchi.register.names import begins

_KATAKANA_BEFORE = ord("ァ") - ord("ぁ")
_HIRAGANA = range(ord("ぁ"), ord("ゖ") + 1)


@dataclass(frozen=True, slots=True, repr=False)
class Search:
    """What is known of a person. Everything given must fit; empty text is not given.

    Raises `ValueError` when nothing is given, or a birth date is no `YYYY-MM-DD`.
    """

    name: str = ""
    """The beginning of any of their names, in any variant of its characters (髙 and 高)."""
    kana: str = ""
    """The beginning of the reading, in hiragana or katakana of any width."""
    birth_date: str = ""
    """`YYYY-MM-DD`, `00` for unknown parts; finds entries whose date is unknown in part as well."""
    address_number: str = ""
    """宛名番号, exactly."""

    def __post_init__(self) -> None:
        if not any(text.strip() for text in (self.name, self.kana, self.birth_date, self.address_number)):
            raise ValueError("a search needs something to look for")
        parts = self.birth_date.split("-")
        if self.birth_date and not (
            [len(part) for part in parts] == [4, 2, 2] and all(part.isascii() and part.isdigit() for part in parts)
        ):
            raise ValueError("a birth date is YYYY-MM-DD")

    def means(self, entry: Entry) -> bool:
        """Whether the entry fits the name and the reading. Date and number are for the register's indexes."""
        names = (entry.name, *entry.other_names)
        return (not self.name.strip() or any(begins(self.name, held) for held in names)) and (
            reading(entry.name_kana).startswith(reading(self.kana))
        )


def reading(kana: str) -> str:
    """One form for the same sounds: full-width katakana without spaces."""
    text = "".join(unicodedata.normalize("NFKC", kana).split())
    return "".join(chr(ord(sound) + _KATAKANA_BEFORE) if ord(sound) in _HIRAGANA else sound for sound in text)
