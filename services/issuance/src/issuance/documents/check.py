"""Is this file one that we sealed, unaltered? For anyone's upload, and for our own output before it is released.

Nothing of a file is parsed as PDF: the byte range and the CMS are read from the raw bytes, and only when the seal over
*every* byte holds (but for the one form of DSS behind it) is anything else believed, of bytes that are then known to be
ours. All steps are linear in a bounded size.
A genuine file counts only if the ledger knows its number and has not revoked it; that is the caller's question.
"""

import binascii
import contextlib
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cryptography import x509

from issuance.documents.der import read, read_whole
from issuance.documents.dss import is_update
from issuance.documents.hostile import HOSTILE
from issuance.documents.material import issued_by
from issuance.documents.signed_data import TIME_STAMP_TOKEN, Signed, parse
from issuance.documents.timestamp import TimeStampRejected, checked

LARGEST_FILE = 5_000_000
"""Bytes; our largest certificate is far below."""

_MOST_SIGNATURES = 8
_LARGEST_CMS = 65_536
_BYTE_RANGE = re.compile(rb"/ByteRange\s{0,8}\[\s{0,8}0 (\d{1,8}) (\d{1,8}) (\d{1,8})\s{0,80}\]")
_NUMBER = re.compile(rb"(?<![0-9])([0-9]{6})(?:-|\\055)([0-9]{8})(?:-|\\055)([0-9A-HJKMNP-TV-Z]{10})(?![0-9A-Za-z])")
"""A certificate number; in a string of the PDF the hyphen may stand as its octal escape."""

_NEAR = 2048
"""How far from the gap the rest of the signature dictionary may lie."""


_NO_TIME_STAMP: tuple[type[Exception], ...] = (TimeStampRejected, *HOSTILE)


class Verdict(StrEnum):
    """What a file is."""

    GENUINE = "genuine"
    ALTERED = "altered"
    """It bears a seal of ours that does not (or no longer) cover what the file says."""
    NOT_OURS = "not_ours"


@dataclass(frozen=True, slots=True)
class KnownSeal:
    """A town whose seals we recognise: its present certificate, or another of the same name and issuer."""

    municipality: str
    chain: tuple[x509.Certificate, ...]
    tsa_chain: tuple[x509.Certificate, ...]


@dataclass(frozen=True, slots=True)
class Examination:
    """`number` is proven when GENUINE, and otherwise only what the file claims."""

    verdict: Verdict
    number: str | None = None
    municipality: str | None = None
    sealed_at: datetime | None = None
    """By the time stamp, UTC; only when GENUINE."""


@dataclass(frozen=True, slots=True)
class _Signature:
    """A signature as the raw bytes show it."""

    signed: Signed
    digest: bytes
    covers_all: bool
    """But for a DSS in our form."""
    near: bytes


def examine(pdf: bytes, seals: Sequence[KnownSeal]) -> Examination:
    """Judge a file of anyone's making. Never raises on content."""
    if len(pdf) > LARGEST_FILE:
        return Examination(Verdict.NOT_OURS)
    for signature in _signatures(pdf):
        try:
            judged = _judge(signature, seals)
        except HOSTILE:
            continue
        if judged is not None:
            return judged
    return Examination(Verdict.NOT_OURS, _number(pdf))


def _signatures(pdf: bytes) -> Iterator[_Signature]:
    for count, match in enumerate(_BYTE_RANGE.finditer(pdf)):
        if count == _MOST_SIGNATURES:
            return
        try:
            yield _signature(pdf, match)
        except HOSTILE:
            continue


def _signature(pdf: bytes, match: re.Match[bytes]) -> _Signature:
    """Raises one of `HOSTILE` when there is no CMS in the gap."""
    first, second, length = (int(group) for group in match.groups())
    text = pdf[first:second]
    if not 2 < len(text) <= 2 * _LARGEST_CMS or text[:1] != b"<" or text[-1:] != b">":
        raise ValueError("no signature in the gap")
    der = binascii.unhexlify(text[1:-1])
    info, padding = read(der)
    if padding.strip(b"\0"):
        raise ValueError("something lies behind the signature")
    digest = hashlib.sha256(pdf[:first])
    digest.update(pdf[second : second + length])
    near = pdf[max(0, first - _NEAR) : first] + pdf[second : second + _NEAR]
    end = second + length
    whole = end == len(pdf) or (end < len(pdf) and is_update(pdf[end:], pdf[:end]))
    return _Signature(parse(info), digest.digest(), whole, near)


def _judge(signature: _Signature, seals: Sequence[KnownSeal]) -> Examination | None:
    """None when the signature is of no seal we know."""
    certificate = signature.signed.certificate()
    ours = [seal for seal in seals if _belongs(certificate, seal)]
    if not ours:
        return None
    number, municipality = _number(signature.near), ours[0].municipality
    altered = Examination(Verdict.ALTERED, number, municipality)
    if not (signature.covers_all and signature.signed.holds(certificate, signature.digest)):
        return altered
    try:
        sealed_at = _stamped_at(signature, ours)
    except _NO_TIME_STAMP:
        return altered
    if number is None or not certificate.not_valid_before_utc <= sealed_at <= certificate.not_valid_after_utc:
        return altered
    return Examination(Verdict.GENUINE, number, municipality, sealed_at)


def _belongs(certificate: x509.Certificate, seal: KnownSeal) -> bool:
    present, issuer = seal.chain[0], seal.chain[1]
    return certificate == present or (certificate.subject == present.subject and issued_by(certificate, issuer))


def _stamped_at(signature: _Signature, seals: Sequence[KnownSeal]) -> datetime:
    """By the time stamp, which may be of any authority that was used with the seal. Raises one of `_NO_TIME_STAMP`."""
    token = read_whole(signature.signed.unsigned[TIME_STAMP_TOKEN]).raw
    imprint = hashlib.sha256(signature.signed.signature).digest()
    for seal in seals[:-1]:
        with contextlib.suppress(TimeStampRejected):
            return checked(token, imprint, seal.tsa_chain).at
    return checked(token, imprint, seals[-1].tsa_chain).at


def _number(text: bytes) -> str | None:
    found = _NUMBER.search(text)
    return None if found is None else b"-".join(found.groups()).decode("ascii")
