"""Time stamps of RFC 3161: the request, and the strict reading of what comes back. `issuance.documents.tsa` asks.

A token counts when the right authority signed it over the right digest; an answer must also repeat the nonce.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from issuance.documents.cms import SHA256
from issuance.documents.der import (
    INTEGER,
    OCTETS,
    SEQUENCE,
    TIME,
    TRUE,
    Element,
    identifier,
    integer,
    octets,
    read_whole,
    sequence,
)
from issuance.documents.hostile import HOSTILE
from issuance.documents.material import issued_by
from issuance.documents.signed_data import Signed, number, opened

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far the authority's clock may be from ours when it answers."""

_GRANTED = (0, 1)
"""PKIStatus granted, and granted with modifications."""

_TST_INFO = identifier("1.2.840.113549.1.9.16.1.4")


class TimeStampRejected(Exception):
    """The answer is no time stamp we may rely on; the message says why."""


@dataclass(frozen=True, slots=True)
class TimeStamp:
    """A token (DER ContentInfo) and its time in UTC."""

    token: bytes
    at: datetime


def request(digest: bytes, nonce: int) -> bytes:
    """TimeStampReq over a SHA-256 `digest`, asking for the certificate."""
    return sequence(integer(1), sequence(SHA256, octets(digest)), integer(nonce), TRUE)


def answered(response: bytes, digest: bytes, nonce: int, chain: Sequence[x509.Certificate], now: datetime) -> TimeStamp:
    """The token of a TimeStampResp, checked. `chain` is the trusted authority's. Raises `TimeStampRejected`."""
    try:
        status, *tokens = read_whole(response).expect(SEQUENCE).children()
        granted = number(status.expect(SEQUENCE).children()[0]) in _GRANTED
    except HOSTILE:
        raise TimeStampRejected("not a time-stamp response") from None
    _expect(granted and len(tokens) == 1, "not granted")
    stamp = checked(tokens[0].raw, digest, chain, nonce=nonce)
    _expect(abs(stamp.at - now) <= CLOCK_TOLERANCE, "its clock and ours differ")
    return stamp


def checked(token: bytes, digest: bytes, chain: Sequence[x509.Certificate], *, nonce: int | None = None) -> TimeStamp:
    """A token over a SHA-256 `digest` by the authority of `chain`. Raises `TimeStampRejected`."""
    try:
        signed = opened(token)
        _expect(signed.content_type == _TST_INFO and signed.content is not None, "no time-stamp token")
        _, _, imprint, _, at, *optional = read_whole(signed.content or b"").expect(SEQUENCE).children()
        algorithm, stamped = imprint.expect(SEQUENCE).children()
        _expect(algorithm.children()[0].raw == read_whole(SHA256).children()[0].raw, "another digest algorithm")
        _expect(stamped.expect(OCTETS).content == digest, "over something else")
        _expect(nonce is None or nonce in _nonces(optional), "another nonce")
        certificate = _signer_certificate(signed, chain)
        _expect(signed.holds_content(certificate), "the signature does not verify")
        return TimeStamp(token, _time(at))
    except HOSTILE:
        raise TimeStampRejected("not a time-stamp token") from None


def _nonces(optional: Sequence[Element]) -> list[int]:
    """Of the optional parts of TSTInfo only the nonce is an INTEGER."""
    return [number(part) for part in optional if part.tag == INTEGER]


def _time(element: Element) -> datetime:
    """GeneralizedTime as RFC 3161 §2.4.2 wants it: UTC, perhaps with a fraction of a second."""
    text = element.expect(TIME).content.decode("ascii")
    form = "%Y%m%d%H%M%S.%fZ" if "." in text else "%Y%m%d%H%M%SZ"
    return datetime.strptime(text, form).replace(tzinfo=UTC)


def _signer_certificate(signed: Signed, chain: Sequence[x509.Certificate]) -> x509.Certificate:
    """The one we know; or another, since an authority may renew its certificate under the same issuer."""
    if signed.names(chain[0]):
        return chain[0]
    certificate = signed.certificate()
    purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    stamps = list(purposes) == [ExtendedKeyUsageOID.TIME_STAMPING]
    _expect(stamps and issued_by(certificate, chain[1]), "another authority")
    return certificate


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise TimeStampRejected(otherwise)
