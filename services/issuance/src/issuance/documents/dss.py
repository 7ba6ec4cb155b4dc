"""The document security store (DSS, ETSI EN 319 142-1 §5.4) as an update behind the seal.

It stands in a revision of its own, as validators expect of PAdES-B-LT, and DocMDP P=1 allows this kind of change. The
seal does not cover it. So it has exactly one form, and whoever checks a file builds it again and compares every byte:
nothing else can hide behind a seal.
"""

import hashlib
import re
from collections.abc import Sequence

from cryptography import x509

MOST_STREAMS = 24
"""Certificates and revocation lists of both chains, with room to spare."""

_END = re.compile(rb"\nstartxref\n(\d{1,10})\n%%EOF\n\Z")
_SIZE = re.compile(rb"/Size (\d{1,8})\n")
_ROOT = re.compile(rb"/Root (\d{1,8}) 0 R\n")
_INFO = re.compile(rb"/Info \d{1,8} 0 R\n")
_FIRST_ID = re.compile(rb"/ID \[ ?(<[0-9A-Fa-f]{2,200}>) ")
_STREAM = re.compile(rb"(\d{1,8}) 0 obj\n<</Length (\d{1,8})>>\nstream\n")
_STREAM_END = b"\nendstream\nendobj\n"


class NotOurForm(ValueError):
    """The file does not end as our sealed files do."""


def update(sealed: bytes, certificates: Sequence[bytes], crls: Sequence[bytes]) -> bytes:
    """What to append to `sealed` (a file as `seal.complete` makes it). All DER. Raises `NotOurForm`.

    The same arguments give the same bytes.
    """
    end = _END.search(sealed, max(0, len(sealed) - 64))
    trailer = sealed[sealed.rfind(b"\ntrailer\n", 0, len(sealed)) :]
    root = int(_only(_ROOT, trailer))
    first = int(_only(_SIZE, trailer))
    if end is None:
        raise NotOurForm("no end")
    bodies = [b"<</Length %d>>\nstream\n%b\nendstream" % (len(der), der) for der in (*certificates, *crls)]
    store = first + len(bodies)
    middle = first + len(certificates)
    bodies.append(b"<</Type/DSS/Certs[%b]/CRLs[%b]>>" % (_references(first, middle), _references(middle, store)))
    objects = [*enumerate(bodies, start=first)]
    catalog = _catalog(sealed, root)[:-2] + b"/DSS %d 0 R\n>>" % store
    return _written(
        [(root, catalog), *objects],
        offset=len(sealed),
        trailer=b"<<\n/Size %d\n/Root %d 0 R\n%b/ID [%b <%b>]\n/Prev %b\n>>"
        % (
            store + 1,
            root,
            b"".join(_INFO.findall(trailer)[:1]),
            _only(_FIRST_ID, trailer),
            hashlib.sha256(sealed).hexdigest()[:32].encode(),
            end.group(1),
        ),
    )


def is_update(tail: bytes, sealed: bytes) -> bool:
    """Whether `tail` is such an update of `sealed`, and nothing more. `sealed` is a file whose seal holds."""
    certificates: list[bytes] = []
    crls: list[bytes] = []
    try:
        for der in _streams(tail):
            (certificates if _is_certificate(der) else crls).append(der)
        for der in crls:
            x509.load_der_x509_crl(der)
        return tail == update(sealed, certificates, crls)
    except ValueError:
        return False


def _streams(tail: bytes) -> list[bytes]:
    found: list[bytes] = []
    position = 0
    while match := _STREAM.search(tail, position):
        end = match.end() + int(match.group(2))
        if tail[end : end + len(_STREAM_END)] != _STREAM_END or len(found) == MOST_STREAMS:
            raise NotOurForm("a stream has no end")
        found.append(tail[match.end() : end])
        position = end
    return found


def _is_certificate(der: bytes) -> bool:
    try:
        x509.load_der_x509_certificate(der)
    except ValueError:
        return False
    return True


def _written(objects: Sequence[tuple[int, bytes]], *, offset: int, trailer: bytes) -> bytes:
    """The objects, each found through the cross-reference table behind them (ISO 32000-1 §7.5.6)."""
    parts: list[bytes] = []
    table = b"xref\n0 1\n0000000000 65535 f \n"
    for number, body in objects:
        parts.append(b"%d 0 obj\n%b\nendobj\n" % (number, body))
        table += b"%d 1\n%010d 00000 n \n" % (number, offset)
        offset += len(parts[-1])
    return b"".join(parts) + table + b"trailer\n%b\nstartxref\n%d\n%%%%EOF\n" % (trailer, offset)


def _catalog(sealed: bytes, root: int) -> bytes:
    """The newest catalog, as the dictionary that pyHanko wrote."""
    start = sealed.rfind(b"\n%d 0 obj\n<<\n/Type /Catalog\n" % root)
    end = sealed.find(b"\n>>\nendobj\n", start)
    if start < 0 or end < 0:
        raise NotOurForm("no catalog")
    return sealed[sealed.index(b"<<", start) : end + len(b"\n>>")]


def _references(first: int, end: int) -> bytes:
    return b" ".join(b"%d 0 R" % number for number in range(first, end))


def _only(pattern: re.Pattern[bytes], text: bytes) -> bytes:
    found = pattern.findall(text)
    if len(found) != 1:
        raise NotOurForm("the trailer is not ours")
    return bytes(found[0])
