"""The whole check of one signature, in order: text, signature, issuer, days, kind, revocation, attributes."""

from base64 import b64decode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import constant_time, hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from identity.domain.verdict import Shortcoming
from identity.jpki import attributes, profile, revocation, signed_data
from identity.jpki.hostile import HOSTILE
from madoguchi.contracts.personal import CardAttributes
from madoguchi.contracts.vocabulary import IdentityReason


@dataclass(frozen=True, slots=True)
class Trust:
    """What one town relies on."""

    roots: profile.Roots
    profile: profile.Profile
    lists: tuple[revocation.RevocationList, ...]


def verify(text: str, cms: str, trust: Trust, *, at: datetime, now: datetime) -> CardAttributes:
    """Who signed `text`. `cms` is base64 DER; `at` is when it was handed in, `now` when revocation is looked up.

    Raises `Shortcoming`, whatever the input. About 1 ms."""
    try:
        signature = signed_data.read(b64decode(cms, validate=True))
    except ValueError as error:
        raise Shortcoming(IdentityReason.MALFORMED, "not base64") from error
    try:
        return _verified(text.encode(), signature, trust, at, now)
    except HOSTILE as error:
        raise Shortcoming(IdentityReason.MALFORMED, f"an unreadable certificate: {type(error).__name__}") from error


def _verified(
    text: bytes, signature: signed_data.Signature, trust: Trust, at: datetime, now: datetime
) -> CardAttributes:
    certificate = signature.certificate
    check_digest(text, signature)
    check_signature(signature)
    issuer = profile.issuer_key_id(certificate, trust.roots, trust.profile, at)
    profile.check_validity(certificate, at)
    names = profile.check_kind(certificate, trust.profile)
    try:
        revocation.check(trust.lists, issuer, certificate, now)
    except Shortcoming as short:
        if short.reason is not IdentityReason.REVOCATION_UNKNOWN:
            raise
        stated = _stated(names or (), certificate.serial_number)
        raise Shortcoming(short.reason, short.detail, stated) from short
    return attributes.read(names or (), certificate.serial_number)


def _stated(names: Iterable[x509.GeneralName], serial: int) -> CardAttributes | None:
    """For the clerk who will decide: a signature that holds, by a certificate that may have been revoked."""
    try:
        return attributes.read(names, serial)
    except Shortcoming:
        return None


def check_digest(text: bytes, signature: signed_data.Signature) -> None:
    """Raises `Shortcoming(text_altered)` when what was signed is not what was shown."""
    digest = hashes.Hash(signature.hash)
    digest.update(text)
    if not constant_time.bytes_eq(digest.finalize(), signature.digest):
        raise Shortcoming(IdentityReason.TEXT_ALTERED, "the digest is of another text")


def check_signature(signature: signed_data.Signature) -> None:
    """Raises `Shortcoming(signature_invalid)`."""
    if not profile.strong_key(signature.certificate):
        raise Shortcoming(IdentityReason.SIGNATURE_INVALID, "a weak key")
    key = signature.certificate.public_key()
    try:
        if signature.rsa and isinstance(key, RSAPublicKey):
            key.verify(signature.value, signature.signed, padding.PKCS1v15(), signature.hash)
        elif not signature.rsa and isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature.value, signature.signed, ec.ECDSA(signature.hash))
        else:
            raise Shortcoming(IdentityReason.SIGNATURE_INVALID, "key and algorithm do not fit")
    except InvalidSignature as error:
        raise Shortcoming(IdentityReason.SIGNATURE_INVALID, "the signature is not of this key") from error
