"""Does a name on a card mean a name in the register? Character by character, with the card's substitution flags.

A signature certificate replaces what JIS X 0208/0212 does not have and flags the place. The MJ shrink map
(MJ縮退マップ) says which characters may stand for which; width, spaces and capitals don't count. Only `SAME` is
agreement: everything less is for a clerk, and only tells them where to look.
"""

import unicodedata
from enum import IntEnum
from functools import lru_cache

from jntajis import MJShrinkSchemeCombo, mj_shrink_candidates

_EVERY_SCHEME = sum(MJShrinkSchemeCombo)
_MARKS = "ﾞﾟ゙゚"
"""Sound marks that follow their kana as characters of their own."""


class Agreement(IntEnum):
    """How well two texts agree; higher is better."""

    DIFFERENT = 0
    POSSIBLE = 1
    """They differ where the card says that it replaced something, in a way no map explains."""
    VARIANT = 2
    """They differ by variants of the same characters, which the card does not admit."""
    EXPLAINED = 3
    """They differ only where the card says that it replaced something, as the shrink map expects."""
    SAME = 4


def agreement(said: str, flags: str, held: str) -> Agreement:
    """How `said` on a card, with its `flags` (`0`/`1` per character), agrees with `held` in the register.

    Flags that don't fit the text's length are as good as all set.
    """
    if len(flags) != len(said) or set(flags) - {"0", "1"}:
        flags = "1" * len(said)
    ours = [cluster for cluster, _ in _clusters(held, "0" * len(held))]
    theirs = _clusters(said, flags)
    if not theirs or len(ours) != len(theirs):
        return Agreement.DIFFERENT
    return min(_one(cluster, flagged, own) for (cluster, flagged), own in zip(theirs, ours, strict=True))


def flagged(flags: str) -> bool:
    """Whether a card says that it replaced anything."""
    return bool(set(flags) - {"0"})


def begins(said: str, held: str) -> bool:
    """Whether a name in the register begins with what somebody typed, in any variant of its characters."""
    typed = _clusters(said, "0" * len(said))
    ours = _clusters(held, "0" * len(held))[: len(typed)]
    return len(ours) == len(typed) and all(
        one == other or _related(one, other) for (one, _), (other, _) in zip(typed, ours, strict=True)
    )


def _one(said: str, was_replaced: bool, held: str) -> Agreement:
    related = _related(said, held)
    if was_replaced:
        return Agreement.EXPLAINED if related else Agreement.POSSIBLE
    if said == held:
        return Agreement.SAME
    return Agreement.VARIANT if related else Agreement.DIFFERENT


@lru_cache(maxsize=4096)
def _related(one: str, other: str) -> bool:
    """Whether one of two characters may stand for the other, or both for a third."""
    return bool(_stand_ins(one) & _stand_ins(other))


@lru_cache(maxsize=16384)
def _stand_ins(cluster: str) -> frozenset[str]:
    base = "".join(c for c in cluster if not _is_selector(c))
    known = {c for spelling in {cluster, base} for c in mj_shrink_candidates(spelling, _EVERY_SCHEME)}
    return frozenset({base} | {"".join(c for c in spelling if not _is_selector(c)) for spelling in known})


def _clusters(text: str, flags: str) -> list[tuple[str, bool]]:
    """Base characters with what belongs to them (selectors, sound marks), and whether any of it was replaced."""
    found: list[tuple[str, bool]] = []
    for character, flag in zip(text, flags, strict=True):
        if character.isspace():
            continue
        if found and (_is_selector(character) or character in _MARKS):
            cluster, before = found[-1]
            found[-1] = (cluster + character, before or flag == "1")
        else:
            found.append((character, flag == "1"))
    return [(_plain(cluster), was_replaced) for cluster, was_replaced in found]


def _plain(cluster: str) -> str:
    """Without differences of width and capitals. Kanji stay as they are: compatibility forms are other characters."""
    if cluster[0] in "　 " or "\uff00" <= cluster[0] <= "\uffef" or cluster[-1] in _MARKS:
        cluster = unicodedata.normalize("NFKC", cluster)
    return cluster.casefold()


def _is_selector(character: str) -> bool:
    return 0xFE00 <= ord(character) <= 0xFE0F or 0xE0100 <= ord(character) <= 0xE01EF
