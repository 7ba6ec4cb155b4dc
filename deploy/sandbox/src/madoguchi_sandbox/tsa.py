"""A time-stamp authority (RFC 3161) that answers in one signature: its DER is put together by hand."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import APIRouter, Request, Response

from madoguchi_sandbox.pki.der import explicit, integer, octets, oid, sequence, set_of, tlv

MEDIA_TYPE = "application/timestamp-reply"
LARGEST_REQUEST = 16_384

_POLICY: Final = oid("1.3.6.1.4.1.99999.1")
_SHA256: Final = sequence(oid("2.16.840.1.101.3.4.2.1"))
_ECDSA: Final = sequence(oid("1.2.840.10045.4.3.2"))
_SIGNED_DATA: Final = oid("1.2.840.113549.1.7.2")
_TST_INFO: Final = oid("1.2.840.113549.1.9.16.1.4")
_CONTENT_TYPE: Final = oid("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST: Final = oid("1.2.840.113549.1.9.4")
_SIGNING_CERTIFICATE_V2: Final = oid("1.2.840.113549.1.9.16.2.47")
_BAD_ALGORITHM, _BAD_DATA_FORMAT = 0, 5
_MALFORMED = (ValueError, TypeError, KeyError, IndexError, RecursionError)
"""What asn1crypto raises on hostile bytes."""


@dataclass(frozen=True, slots=True)
class Question:
    """A time-stamp request."""

    imprint: bytes
    """SHA-256 of what is stamped."""
    nonce: int | None
    wants_certificate: bool


class Refused(Exception):
    """The request cannot be answered; the argument is the PKIFailureInfo bit."""


def read(request: bytes) -> Question:
    """Parse a TimeStampReq. Raises `Refused`."""
    try:
        parsed = tsp.TimeStampReq.load(request, strict=True)
        imprint = parsed["message_imprint"]
        algorithm = imprint["hash_algorithm"]["algorithm"].native
        digest = imprint["hashed_message"].native
        nonce = parsed["nonce"].native
        wants = bool(parsed["cert_req"].native)
    except _MALFORMED as error:
        raise Refused(_BAD_DATA_FORMAT) from error
    if algorithm != "sha256":
        raise Refused(_BAD_ALGORITHM)
    if len(digest) != hashlib.sha256().digest_size or (nonce is not None and nonce < 0):
        raise Refused(_BAD_DATA_FORMAT)
    return Question(digest, nonce, wants)


class TimeStamper:
    """Signs tokens with one P-256 key; everything that never changes is encoded once."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key
        der = certificate.public_bytes(Encoding.DER)
        issuer, serial = certificate.issuer.public_bytes(), integer(certificate.serial_number)
        self._certificates = explicit(0, der)
        self._signer = sequence(issuer, serial)
        who = sequence(octets(hashlib.sha256(der).digest()), sequence(sequence(explicit(4, issuer)), serial))
        self._signing_certificate = sequence(_SIGNING_CERTIFICATE_V2, set_of(sequence(sequence(who))))

    def answer(self, request: bytes, now: datetime) -> bytes:
        """A TimeStampResp: granted with a token, or a rejection with its reason."""
        try:
            question = read(request)
        except Refused as refused:
            (bit,) = refused.args
            return sequence(sequence(integer(2), _bit_string(bit)))
        return sequence(sequence(integer(0)), self._token(question, now))

    def _token(self, question: Question, now: datetime) -> bytes:
        info = sequence(
            integer(1),
            _POLICY,
            sequence(_SHA256, octets(question.imprint)),
            integer(secrets.randbits(120)),
            tlv(0x18, now.strftime("%Y%m%d%H%M%SZ").encode()),
            b"" if question.nonce is None else integer(question.nonce),
        )
        attributes = (
            sequence(_CONTENT_TYPE, set_of(_TST_INFO)),
            sequence(_MESSAGE_DIGEST, set_of(octets(hashlib.sha256(info).digest()))),
            self._signing_certificate,
        )
        signed = set_of(*attributes)
        signature = self._key.sign(signed, ec.ECDSA(hashes.SHA256()))
        implicit = (
            b"\xa0" + signed[1:]
        )  # [0] IMPLICIT takes the place of SET's tag; what is signed is the SET (RFC 5652)
        signer = sequence(integer(1), self._signer, _SHA256, implicit, _ECDSA, octets(signature))
        content = sequence(_TST_INFO, explicit(0, octets(info)))
        certificates = self._certificates if question.wants_certificate else b""
        data = sequence(integer(3), set_of(_SHA256), content, certificates, set_of(signer))
        return sequence(_SIGNED_DATA, explicit(0, data))


def _bit_string(bit: int) -> bytes:
    """A named-bit BIT STRING with one bit set, without trailing zero bits."""
    return tlv(0x03, bytes((7 - bit % 8, *([0] * (bit // 8)), 0x80 >> bit % 8)))


def build(stamper: TimeStamper, clock: Callable[[], datetime]) -> APIRouter:
    """`POST /tsa`: RFC 3161 over HTTP."""
    router = APIRouter()

    @router.post("/tsa", include_in_schema=False)
    async def stamp(request: Request) -> Response:
        """Answer a time-stamp request."""
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > LARGEST_REQUEST:
                return Response(status_code=413)
        return Response(stamper.answer(body, clock()), media_type=MEDIA_TYPE)

    return router
