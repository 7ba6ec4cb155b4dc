"""Whether the font can draw a text exactly, variation sequences (IVS) included.

typst draws an unknown variation sequence silently as its base character: another person's name, in law. So every
character and every sequence is looked up in the font's own tables first (`cmap`, format 14 for sequences), and a
document with a gap is not rendered but referred to a clerk.
"""

import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Controls, direction marks, lone surrogates, separators: nothing a sheet of paper can show."""


class Coverage:
    """Characters and variation sequences of one font."""

    def __init__(self, characters: frozenset[int], sequences: frozenset[tuple[int, int]]) -> None:
        self._characters = characters
        self._sequences = sequences

    def missing(self, texts: Iterable[str]) -> tuple[str, ...]:
        """What cannot be drawn, each once, as `U+9089 U+E010F`, in the order of appearance."""
        return tuple(dict.fromkeys(gap for text in texts for gap in self._gaps(text)))

    def _gaps(self, text: str) -> Iterable[str]:
        for base, selector in _clusters(text):
            if selector is not None:
                if (base, selector) not in self._sequences:
                    yield f"U+{base:04X} U+{selector:04X}"
            elif base not in self._characters or unicodedata.category(chr(base)) in _INVISIBLE:
                yield f"U+{base:04X}"


def _clusters(text: str) -> Iterable[tuple[int, int | None]]:
    """Each character with the variation selector that follows it, if one does."""
    points = [ord(character) for character in text]
    for index, point in enumerate(points):
        follower = points[index + 1] if index + 1 < len(points) else 0
        if _is_selector(point) and index and not _is_selector(points[index - 1]):
            continue
        yield point, follower if _is_selector(follower) else None


def _is_selector(point: int) -> bool:
    return 0xFE00 <= point <= 0xFE0F or 0xE0100 <= point <= 0xE01EF


@cache
def coverage(font: Path) -> Coverage:
    """Read once per process (about 0.3 s); `font` is a file, of a collection its first font."""
    with TTFont(font, fontNumber=0, lazy=True) as loaded:
        tables = loaded["cmap"].tables
        characters = frozenset(loaded.getBestCmap())
        sequences = frozenset(
            (base, selector)
            for table in tables
            if table.format == 14
            for selector, entries in table.uvsDict.items()
            for base, _ in entries
        )
    return Coverage(characters, sequences)
