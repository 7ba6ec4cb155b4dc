"""Reading a detached CMS SignedData (RFC 5652) with exactly one signer, whose certificate is inside."""

from dataclasses import dataclass
from typing import Any, Final

from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from identity.domain.verdict import Shortcoming
from identity.jpki.hostile import HOSTILE
from madoguchi.contracts.vocabulary import IdentityReason

LARGEST = 65_536
"""Bytes; a card's signature takes about 2,500."""

HASHES: Final[dict[str, type[hashes.HashAlgorithm]]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
_RSA: Final = {"rsassa_pkcs1v15": None, "sha256_rsa": "sha256", "sha384_rsa": "sha384", "sha512_rsa": "sha512"}
_ECDSA: Final = {"sha256_ecdsa": "sha256", "sha384_ecdsa": "sha384", "sha512_ecdsa": "sha512"}
_DATA: Final = "1.2.840.113549.1.7.1"
_CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"


@dataclass(frozen=True, slots=True)
class Signature:
    """What the signer says: a digest of the text, signed together with other attributes."""

    certificate: x509.Certificate
    hash: hashes.HashAlgorithm
    digest: bytes
    """Of the text, as the signer claims."""
    signed: bytes
    """The DER bytes that are signed: the signed attributes as a SET."""
    value: bytes
    rsa: bool
    """RSA PKCS #1 v1.5; otherwise ECDSA."""


def read(der: bytes) -> Signature:
    """Parse. Raises `Shortcoming` (`malformed`, or `signature_invalid` for an algorithm that does not count)."""
    if len(der) > LARGEST:
        raise Shortcoming(IdentityReason.MALFORMED, "too long")
    try:
        return _signature(cms.ContentInfo.load(der, strict=True))
    except HOSTILE as error:
        raise Shortcoming(IdentityReason.MALFORMED, f"not a CMS signature: {type(error).__name__}") from error


def _signature(content: Any) -> Signature:
    _expect(content["content_type"].native == "signed_data", "not SignedData")
    data = content["content"]
    encapsulated = data["encap_content_info"]
    _expect(encapsulated["content_type"].dotted == _DATA, "another content type")
    _expect(encapsulated["content"].native is None, "not detached")
    signers = list(data["signer_infos"])
    _expect(len(signers) == 1, "not exactly one signer")
    (signer,) = signers
    digest_name, rsa = _algorithms(signer)
    attributes = _attributes(signer["signed_attrs"])
    _expect(attributes[_CONTENT_TYPE].dotted == _DATA, "attributes of another content type")
    return Signature(
        certificate=_certificate(data["certificates"], signer["sid"]),
        hash=HASHES[digest_name](),
        digest=bytes(attributes[_MESSAGE_DIGEST].native),
        signed=signer["signed_attrs"].untag().dump(),
        value=bytes(signer["signature"].native),
        rsa=rsa,
    )


def _algorithms(signer: Any) -> tuple[str, bool]:
    """Name of the hash, and whether the key is RSA."""
    digest = signer["digest_algorithm"]["algorithm"].native
    scheme = signer["signature_algorithm"]["algorithm"].native
    if digest not in HASHES or (scheme not in _RSA and scheme not in _ECDSA):
        raise Shortcoming(IdentityReason.SIGNATURE_INVALID, "an algorithm that does not count")
    implied = _RSA[scheme] if scheme in _RSA else _ECDSA[scheme]
    if implied not in (None, digest):
        raise Shortcoming(IdentityReason.SIGNATURE_INVALID, "two different hashes")
    return digest, scheme in _RSA


def _attributes(signed: Any) -> dict[str, Any]:
    """Type → its only value, for the two attributes that must be there once (RFC 5652 §5.3, §11)."""
    found: dict[str, Any] = {}
    for attribute in signed:
        kind = attribute["type"].dotted
        if kind in (_CONTENT_TYPE, _MESSAGE_DIGEST):
            _expect(kind not in found and len(attribute["values"]) == 1, "an attribute given twice")
            found[kind] = attribute["values"][0]
    _expect(len(found) == 2, "no signed attributes")
    return found


def _certificate(certificates: Any, signer_id: Any) -> x509.Certificate:
    """The one certificate that the signer points at, by issuer and serial or by key id."""
    chosen = signer_id.chosen
    candidates = [entry.chosen for entry in certificates if entry.name == "certificate"]
    if signer_id.name == "issuer_and_serial_number":
        serial, issuer = chosen["serial_number"].native, chosen["issuer"].dump()
        matching = [c for c in candidates if c.serial_number == serial and c.issuer.dump() == issuer]
    else:
        matching = [c for c in candidates if c.key_identifier == chosen.native]
    _expect(len(matching) == 1, "the signer's certificate is not in it exactly once")
    return x509.load_der_x509_certificate(matching[0].dump())


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Shortcoming(IdentityReason.MALFORMED, otherwise)
