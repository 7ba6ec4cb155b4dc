"""Looking for personal data in bytes, however it is written: encodings, escapes, base64 at each of its three offsets.

Texts that are looked for are cut into what must stand there in one piece; a hit names the form, never the text.
"""

import base64
import contextlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

from ahocorasick_rs import BytesAhoCorasick

from issuance.documents.era import NotADate, partly_known
from madoguchi_sandbox.register import Resident

SHORTEST = 3
"""Characters; what is shorter says nothing about anybody."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Something was found: how it was written, and of what kind it is (`name`, `address`, …)."""

    kind: str
    form: str
    text: str


def forms(text: str) -> Iterator[tuple[str, bytes]]:
    """How `text` may stand in a file."""
    plain = text.encode()
    yield "utf-8", plain
    yield "utf-16-le", text.encode("utf-16-le")
    yield "utf-16-be", text.encode("utf-16-be")
    yield "json", json.dumps(text)[1:-1].encode()
    yield "json, upper case", re.sub(r"\\u(....)", lambda m: "\\u" + m[1].upper(), json.dumps(text)[1:-1]).encode()
    yield "percent", quote(text, safe="").encode()
    yield "percent, lower case", re.sub("%..", lambda m: m[0].lower(), quote(text, safe="")).encode()
    yield "form", quote_plus(text).encode()
    yield "shift_jis", text.encode("shift_jis", "ignore")
    for offset in range(3):
        encoded = _in_base64(plain, offset)
        yield f"base64 at {offset}", encoded
        if encoded != (other := encoded.translate(_URL_ALPHABET)):
            yield f"base64url at {offset}", other


_URL_ALPHABET = bytes.maketrans(b"+/", b"-_")


def _in_base64(plain: bytes, offset: int) -> bytes:
    """The characters that are the same whatever stands before and after: `offset` bytes precede within a group."""
    encoded = base64.b64encode(b"\0" * offset + plain)
    start = (0, 2, 3)[offset]
    whole = (offset + len(plain)) // 3 * 4
    return encoded[start:whole]


_SHORTEST_NEEDLE = 8
"""Bytes; what is shorter stands somewhere in any large file by chance."""


class Scanner:
    """Looks for many texts at once: one pass over the data, whatever their number."""

    def __init__(self, wanted: Iterable[tuple[str, str]]) -> None:
        """`wanted`: pairs of kind and text."""
        hits: dict[bytes, list[Hit]] = {}
        for kind, text in sorted(set(wanted)):
            if len(text) < SHORTEST:
                continue
            for form, needle in forms(text):
                if len(needle) >= _SHORTEST_NEEDLE:
                    hits.setdefault(needle, []).append(Hit(kind, form, text))
        self._hits = list(hits.values())
        self._automaton = BytesAhoCorasick(list(hits))
        self.longest = max(map(len, hits), default=0)
        """Bytes of the longest thing looked for."""

    def find(self, data: bytes) -> Iterator[tuple[int, int, Hit]]:
        """Everything that is found in `data`, with where it begins and ends."""
        for number, begin, end in self._automaton.find_matches_as_indexes(data, overlapping=True):
            for hit in self._hits[number]:
                if hit.kind != "birth date" or _stands_alone(data, begin, end, hit):
                    yield begin, end, hit

    def scan(self, data: bytes) -> list[Hit]:
        """Everything that is found in `data`, each once."""
        return list(dict.fromkeys(hit for _, _, hit in self.find(data)))


def _stands_alone(data: bytes, begin: int, end: int, hit: Hit) -> bool:
    """A date in base64 is judged by what it decodes to: the time in a certificate has as many digits, and more."""
    if not (hit.form.startswith("base64") and hit.text.isdigit()):
        return _alone(data, begin, end)
    offset = int(hit.form[-1])
    group = begin - (0, 2, 3)[offset]
    left = data[max(group - 9, 0) : max(group, 0)].replace(b"\n", b"")[-8:]
    left = left if len(left) in (4, 8) and _BASE64.fullmatch(left) else b""
    right = _BASE64.match(data[end : end + 13].replace(b"\n", b""))
    whole = left + data[max(group, 0) : end] + (right[0] if right else b"")
    text = base64.b64decode(whole[: len(whole) // 4 * 4].translate(_STANDARD_ALPHABET))
    at = len(left) // 4 * 3 + offset
    here = text[at : at + len(hit.text)]
    if group < 0 or len(here) < len(hit.text):
        return True  # cut off: nobody can tell
    return here == hit.text.encode() and _alone(text, at, at + len(hit.text))


_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]*")
_STANDARD_ALPHABET = bytes.maketrans(b"-_", b"+/")
_AN_ID = re.compile(rb"[0-9a-fA-F]{16,}")
"""Trace ids and the like: nine digits in a row stand in one of some thousand of them by chance."""


def _alone(data: bytes, begin: int, end: int) -> bool:
    """A birth date in digits counts only where the digits begin and end with it, and not within an id in hexadecimal:
    clocks and random ids count in many digits."""
    if not data[begin:end].isdigit():
        return True
    beside = data[max(begin - 1, 0) : begin], data[end : end + 1]
    if any(byte.isdigit() for byte in beside):
        return False
    start = max(begin - 40, 0)
    ids = _AN_ID.finditer(data, start, end + 40)
    return not any(one.start() <= begin and end <= one.end() for one in ids)


def of_resident(resident: Resident) -> Iterator[tuple[str, str]]:
    """What must not be found of a resident: name, address, birth date, in the ways they are written."""
    for name in {resident.name, resident.kanji_name, resident.common_name, resident.name_kana} - {""}:
        yield "name", name
        yield "name", name.replace("\u3000", " ")
        yield "name", name.replace("\u3000", "")
    yield "address", resident.town + resident.lot
    yield from (("birth date", text) for text in birth_dates(resident.birth_date))


def birth_dates(day: str) -> set[str]:
    """A birth date as ISO, in eight digits after the certificate's era digit, in the era, and in the Western year."""
    year, month, number = (int(part) for part in day.split("-"))
    found = {day}
    if not (year and month and number):
        return found
    found |= {f"{era}{day.replace('-', '')}" for era in "12345"} | {day.replace("-", "/"), day.replace("-", ".")}
    with contextlib.suppress(NotADate):
        found |= {partly_known(year, month, number)}
    return found | {f"{year}年{month}月{number}日"}
