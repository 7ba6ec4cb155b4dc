"""What a signature certificate (署名用電子証明書) must look like. Another generation of cards is another `Profile`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import ExtensionOID

from identity.domain.verdict import Shortcoming
from identity.jpki.hostile import HOSTILE
from madoguchi.contracts.vocabulary import IdentityReason

SIGNATURE_POLICY: Final = "1.2.392.200149.8.5.1.1.20"
TEST_CARD_POLICY: Final = "1.2.392.200149.8.5.1.0.20"
SHORTEST_RSA: Final = 2048
SHORTEST_EC: Final = 256

_UNDERSTOOD: Final = {
    ExtensionOID.KEY_USAGE,
    ExtensionOID.CERTIFICATE_POLICIES,
    ExtensionOID.BASIC_CONSTRAINTS,
    ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
}
_STRONG: Final = {"sha256", "sha384", "sha512"}

Roots = Mapping[bytes, x509.Certificate]
"""Pinned roots by their key identifier. Names don't count: all generations share one."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Which policies count, as dotted OIDs."""

    policies: frozenset[str]


def profile(*, sandbox: bool) -> Profile:
    """Real cards; in a sandbox also J-LIS's test cards."""
    return Profile(frozenset({SIGNATURE_POLICY, TEST_CARD_POLICY} if sandbox else {SIGNATURE_POLICY}))


def pinned(*pem_files: bytes) -> Roots:
    """The roots in PEM files. Raises `ValueError` for one without key identifier or a key that is too short."""
    roots: dict[bytes, x509.Certificate] = {}
    for content in pem_files:
        for certificate in x509.load_pem_x509_certificates(content):
            if not strong_key(certificate):
                raise ValueError(f"the root with serial {certificate.serial_number} has a weak key")
            try:
                extension = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
            except x509.ExtensionNotFound as error:
                raise ValueError(f"the root with serial {certificate.serial_number} has no key identifier") from error
            roots[extension.value.digest] = certificate
    return roots


def strong_key(certificate: x509.Certificate) -> bool:
    """Whether the certificate's key is of a kind and length that counts."""
    key = certificate.public_key()
    if isinstance(key, RSAPublicKey):
        return key.key_size >= SHORTEST_RSA
    return isinstance(key, EllipticCurvePublicKey) and key.key_size >= SHORTEST_EC


def issuer_key_id(certificate: x509.Certificate, roots: Roots, accepted: Profile, at: datetime) -> bytes:
    """The key identifier of the pinned root that signed the certificate and is valid. Raises `Shortcoming`.

    A certificate of an unknown issuer that does not even claim to be for signing is told apart, because the resident
    can help it: it is the card's other certificate."""
    try:
        claimed = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    except x509.ExtensionNotFound:
        claimed = None
    root = None if claimed is None else roots.get(claimed)
    if claimed is None or root is None or not _signed_by(certificate, root):
        if not _policies(certificate) & accepted.policies:
            raise Shortcoming(IdentityReason.WRONG_CERTIFICATE_KIND, "not a signature certificate")
        raise Shortcoming(IdentityReason.UNTRUSTED_ISSUER, "no pinned root issued it")
    if not root.not_valid_before_utc <= at <= root.not_valid_after_utc:
        raise Shortcoming(IdentityReason.UNTRUSTED_ISSUER, "the root is not valid at that time")
    return claimed


def check_validity(certificate: x509.Certificate, at: datetime) -> None:
    """Raises `Shortcoming` outside the certificate's own time."""
    if at < certificate.not_valid_before_utc:
        raise Shortcoming(IdentityReason.CERTIFICATE_NOT_YET_VALID, "not yet valid")
    if at > certificate.not_valid_after_utc:
        raise Shortcoming(IdentityReason.CERTIFICATE_EXPIRED, "expired")


def check_kind(certificate: x509.Certificate, accepted: Profile) -> x509.SubjectAlternativeName | None:
    """Check policy, key usage and that nothing critical is unknown. Returns the alternative names, if any."""
    usage: x509.KeyUsage | None = None
    names: x509.SubjectAlternativeName | None = None
    policy = False
    for extension in certificate.extensions:
        value = extension.value
        _expect(extension.oid in _UNDERSTOOD or not extension.critical, f"critical {extension.oid.dotted_string}")
        if isinstance(value, x509.KeyUsage):
            usage = value
        elif isinstance(value, x509.CertificatePolicies):
            policy = extension.critical and any(p.policy_identifier.dotted_string in accepted.policies for p in value)
        elif isinstance(value, x509.BasicConstraints):
            _expect(not value.ca, "an issuing certificate")
        elif isinstance(value, x509.SubjectAlternativeName):
            names = value
    _expect(policy, "no critical policy that counts")
    _expect(usage is not None and usage.digital_signature and usage.content_commitment, "key usage")
    _expect(usage is not None and not usage.key_cert_sign, "key usage")
    return names


def _signed_by(certificate: x509.Certificate, root: x509.Certificate) -> bool:
    strong = certificate.signature_hash_algorithm
    if strong is None or strong.name not in _STRONG:
        return False
    try:
        certificate.verify_directly_issued_by(root)
    except InvalidSignature:
        return False
    except HOSTILE:  # another name, another kind of key
        return False
    return True


def _policies(certificate: x509.Certificate) -> set[str]:
    try:
        policies = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
    except x509.ExtensionNotFound:
        return set()
    return {policy.policy_identifier.dotted_string for policy in policies}


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Shortcoming(IdentityReason.WRONG_CERTIFICATE_KIND, otherwise)
