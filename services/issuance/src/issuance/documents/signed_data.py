"""Reading CMS SignedData (RFC 5652) with exactly one signer, as our seals and time-stamp tokens have. Strict DER only.

Whoever reads a hostile file gets a `ValueError` (or another of `HOSTILE`) and nothing else.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from issuance.documents.der import INTEGER, OCTETS, OID, SEQUENCE, SET, Element, identifier, octets, read_whole

SIGNED_DATA = identifier("1.2.840.113549.1.7.2")
CONTENT_TYPE = identifier("1.2.840.113549.1.9.3")
MESSAGE_DIGEST = identifier("1.2.840.113549.1.9.4")
SIGNING_CERTIFICATE_V2 = identifier("1.2.840.113549.1.9.16.2.47")
TIME_STAMP_TOKEN = identifier("1.2.840.113549.1.9.16.2.14")

_MOST_CERTIFICATES = 8
_CERTIFICATES, _CRLS = 0xA0, 0xA1
_SIGNED, _UNSIGNED = 0xA0, 0xA1
_HASHES: dict[bytes, hashes.HashAlgorithm] = {
    identifier("2.16.840.1.101.3.4.2.1"): hashes.SHA256(),
    identifier("2.16.840.1.101.3.4.2.2"): hashes.SHA384(),
    identifier("2.16.840.1.101.3.4.2.3"): hashes.SHA512(),
}


@dataclass(frozen=True, slots=True)
class Signed:
    """One signature. Attributes: from the type (DER) to the values inside the SET (DER, one after another)."""

    content_type: bytes
    content: bytes | None
    """What is signed, when it is inside."""
    certificates: tuple[bytes, ...]
    issuer: bytes
    serial: int
    algorithm: hashes.HashAlgorithm
    attributes: Mapping[bytes, bytes]
    signed: bytes
    """The signed attributes as they were signed: the SET OF."""
    signature: bytes
    unsigned: Mapping[bytes, bytes]

    def certificate(self) -> x509.Certificate:
        """The signer's, from the message. Raises KeyError when it is not there."""
        for der in self.certificates[:_MOST_CERTIFICATES]:
            certificate = x509.load_der_x509_certificate(der)
            if self.names(certificate):
                return certificate
        raise KeyError("the signer's certificate is not there")

    def names(self, certificate: x509.Certificate) -> bool:
        """Whether the signer says to be the holder of `certificate`."""
        return certificate.serial_number == self.serial and certificate.issuer.public_bytes() == self.issuer

    def holds(self, certificate: x509.Certificate, digest: bytes) -> bool:
        """Whether the certificate's key signed attributes that name `digest` and the content's type."""
        return (
            self.attributes.get(CONTENT_TYPE) == self.content_type
            and self.attributes.get(MESSAGE_DIGEST) == octets(digest)
            and _verifies(certificate, self.signature, self.signed, self.algorithm)
        )

    def holds_content(self, certificate: x509.Certificate) -> bool:
        """Likewise, over the content inside."""
        content = self.content
        return content is not None and self.holds(certificate, hashlib.new(self.algorithm.name, content).digest())


def parse(content_info: Element) -> Signed:
    """Raises ValueError and KeyError for what is not SignedData with one signer, named by issuer and serial."""
    kind, wrapped = content_info.expect(SEQUENCE).children()
    if kind.raw != SIGNED_DATA:
        raise ValueError("no signed data")
    (data,) = wrapped.expect(0xA0).children()
    _, _, encapsulated, *optional, signers = data.expect(SEQUENCE).children()
    content_type, *inside = encapsulated.expect(SEQUENCE).children()
    certificates = [part for part in optional if part.tag == _CERTIFICATES]
    if len(certificates) > 1 or any(part.tag not in (_CERTIFICATES, _CRLS) for part in optional):
        raise ValueError("no signed data")
    (signer,) = signers.expect(SET).children()
    return _signer(
        signer,
        content_type=content_type.expect(OID).raw,
        content=_content(inside),
        certificates=tuple(c.raw for part in certificates for c in part.children() if c.tag == SEQUENCE),
    )


def _content(inside: list[Element]) -> bytes | None:
    if not inside:
        return None
    (wrapped,) = inside
    (content,) = wrapped.expect(0xA0).children()
    return content.expect(OCTETS).content


def _signer(info: Element, *, content_type: bytes, content: bytes | None, certificates: tuple[bytes, ...]) -> Signed:
    _, who, digest_algorithm, attributes, _, signature, *unsigned = info.expect(SEQUENCE).children()
    issuer, serial = who.expect(SEQUENCE).children()
    if len(unsigned) > 1:
        raise ValueError("no signer")
    return Signed(
        content_type=content_type,
        content=content,
        certificates=certificates,
        issuer=issuer.raw,
        serial=number(serial),
        algorithm=_HASHES[digest_algorithm.expect(SEQUENCE).children()[0].raw],
        attributes=_attributes(attributes.expect(_SIGNED)),
        signed=b"\x31" + attributes.raw[1:],  # in the message its tag is [0] (RFC 5652 §5.4)
        signature=signature.expect(OCTETS).content,
        unsigned=_attributes(unsigned[0].expect(_UNSIGNED)) if unsigned else {},
    )


def _attributes(collection: Element) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for attribute in collection.children():
        kind, values = attribute.expect(SEQUENCE).children()
        if kind.raw in found:
            raise ValueError("an attribute is there twice")
        found[kind.expect(OID).raw] = values.expect(SET).content
    return found


def number(element: Element) -> int:
    """The value of an INTEGER. Raises ValueError."""
    return int.from_bytes(element.expect(INTEGER).content, "big", signed=True)


def opened(encoded: bytes) -> Signed:
    """Parse a whole ContentInfo. Raises like `parse`."""
    return parse(read_whole(encoded))


def _verifies(certificate: x509.Certificate, signature: bytes, message: bytes, algorithm: hashes.HashAlgorithm) -> bool:
    """ECDSA, or RSA with PKCS#1 v1.5 padding."""
    key = certificate.public_key()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(algorithm))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, padding.PKCS1v15(), algorithm)
        else:
            return False
    except InvalidSignature:
        return False
    return True
