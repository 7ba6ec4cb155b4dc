"""Recognising a My Number (個人番号) so that it can be refused and not kept (番号法 §20: nobody may collect it here).

Twelve digits with a check digit (平成26年総務省令第85号 §5):
weights 6,5,4,3,2,7,6,5,4,3,2; r = sum mod 11; the digit is 0 when r ≤ 1, else 11 - r. Written with spaces or hyphens,
full-width, or in kanji digits it is still one. About one driver's licence number in six passes the same check, so
words around the number that name a licence let it through.
"""

import re
import unicodedata

_WEIGHTS = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_KANJI = str.maketrans("〇零一二三四五六七八九壱弐参", "00123456789123")
_GAP = r"[\s\-‐‑‒–—―ー－−・.,、_/]{0,3}"
_TWELVE = re.compile(rf"(?<!\d)\d(?:{_GAP}\d){{11}}(?!\d)")
_LICENCE = re.compile(r"免許|運転|うんてん|めんきょ|licen[cs]e|driving", re.IGNORECASE)
_NAMED = re.compile(r"マイナンバー|個人番号|my\s*number|まいなんばー", re.IGNORECASE)


def is_my_number(digits: str) -> bool:
    """Whether twelve ASCII digits carry a valid check digit."""
    if len(digits) != 12 or not digits.isascii() or not digits.isdigit():
        return False
    remainder = sum(int(d) * w for d, w in zip(digits[:11], _WEIGHTS, strict=True)) % 11
    return int(digits[11]) == (0 if remainder <= 1 else 11 - remainder)


def contains_my_number(text: str, *, context: str = "") -> bool:
    """Whether `text` holds what must be taken for a My Number; `context` is what was asked (it may name a licence).

    A number that the writer calls a My Number is taken for one even where a licence is spoken of.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_KANJI)
    found = any(is_my_number(re.sub(r"\D", "", match)) for match in _TWELVE.findall(plain))
    if not found:
        return False
    licence = _LICENCE.search(plain) or _LICENCE.search(context)
    return bool(_NAMED.search(plain)) or not licence
