"""Match keys for addresses: the same place written in different ways gives the same key. Never shown, never stored."""

import re
import unicodedata

LONGEST_ON_A_CARD = 200
"""Characters; a certificate cuts what is longer."""

_DIGITS = {"〇": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_KANJI_NUMBER = re.compile(r"([〇一二三四五六七八九十]+)(?=丁目|番地|番|号)")
_HYPHENS = re.compile(r"(?<=\d)[-‐‑‒–—―−－ーｰ](?=\d)")
_BLOCK = re.compile(r"(?<=\d)(?:丁目|番地の|番地|番|号の|の)(?=\d)")
_END = re.compile(r"(?<=\d)(?:番地|番|号)(?!室|棟|館|車)")


def key(address: str) -> str:
    """`見本県見本市一丁目２番３号　ハイツ１０１` and `見本県見本市1-2-3ハイツ101` have the same key."""
    text = "".join(unicodedata.normalize("NFKC", address).split()).replace("ヶ", "ケ").casefold()
    text = _KANJI_NUMBER.sub(lambda match: str(_number(match.group())), text)
    text = _HYPHENS.sub("-", _BLOCK.sub("-", text))
    return _END.sub("", text)


def same(said: str, held: str) -> bool:
    """Whether a card's address is the register's. One as long as a card can hold may be the register's beginning."""
    if key(said) == key(held):
        return True
    return len(said) >= LONGEST_ON_A_CARD and held.startswith(said)


def _number(kanji: str) -> int:
    """Up to 九十九; without 十 the digits stand for themselves (二三 is 23)."""
    tens, ten, ones = kanji.partition("十")
    if not ten:
        return int("".join(str(_DIGITS[character]) for character in kanji))
    return (_digits(tens) or 1) * 10 + _digits(ones)


def _digits(kanji: str) -> int:
    return int("".join(str(_DIGITS.get(character, 0)) for character in kanji) or "0")
