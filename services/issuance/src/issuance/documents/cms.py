"""The detached CMS SignedData (RFC 5652) of a PAdES signature (ETSI EN 319 142-1), as DER.

Certificates are kept as constant bytes, so a signature costs little more than its private-key operation. Signed
attributes: content type, message digest, signing-certificate-v2 (RFC 5035); the signing time stands in the PDF (PAdES).
"""

import hashlib
from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from issuance.documents.der import identifier, integer, octets, sequence, set_of, tlv
from issuance.documents.signed_data import (
    CONTENT_TYPE,
    MESSAGE_DIGEST,
    SIGNED_DATA,
    SIGNING_CERTIFICATE_V2,
    TIME_STAMP_TOKEN,
)

SHA256 = sequence(identifier("2.16.840.1.101.3.4.2.1"))
"""AlgorithmIdentifier without parameters (RFC 5754 §2)."""

_ECDSA_SHA256 = sequence(identifier("1.2.840.10045.4.3.2"))
_DATA = identifier("1.2.840.113549.1.7.1")


class CmsTemplate:
    """What every signature by one certificate has in common. `issuers` are the intermediates and the root."""

    def __init__(self, certificate: x509.Certificate, issuers: Sequence[x509.Certificate]) -> None:
        der = certificate.public_bytes(Encoding.DER)
        issuer, serial = certificate.issuer.public_bytes(), integer(certificate.serial_number)
        self._signer = sequence(issuer, serial)
        self._certificates = tlv(0xA0, *sorted([der, *(i.public_bytes(Encoding.DER) for i in issuers)]))
        named = sequence(sequence(tlv(0xA4, issuer)), serial)
        reference = sequence(octets(hashlib.sha256(der).digest()), named)
        self._reference = sequence(SIGNING_CERTIFICATE_V2, set_of(sequence(sequence(reference))))

    def attributes(self, digest: bytes) -> bytes:
        """The signed attributes over a document's SHA-256 `digest`, as the SET OF that is signed."""
        return set_of(
            sequence(CONTENT_TYPE, set_of(_DATA)),
            sequence(MESSAGE_DIGEST, set_of(octets(digest))),
            self._reference,
        )

    def signed_data(self, attributes: bytes, signature: bytes, time_stamp: bytes) -> bytes:
        """ContentInfo with one SignerInfo. `time_stamp` is the token (DER ContentInfo) over `signature`."""
        info = sequence(
            integer(1),
            self._signer,
            SHA256,
            b"\xa0" + attributes[1:],  # [0] IMPLICIT takes the place of the SET tag
            _ECDSA_SHA256,
            octets(signature),
            tlv(0xA1, sequence(TIME_STAMP_TOKEN, set_of(time_stamp))),
        )
        body = sequence(integer(1), set_of(SHA256), sequence(_DATA), self._certificates, set_of(info))
        return sequence(SIGNED_DATA, tlv(0xA0, body))
