"""What a town seals with: the private-key operation, certificates, revocation lists. Checked once when loaded.

The private key is one function from a digest to a signature, so a PKCS#11 token fits in without other changes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

SignDigest = Callable[[bytes], bytes]
"""From a SHA-256 digest (32 bytes) to an ECDSA signature as DER."""


class SealFault(StrEnum):
    """Why nothing can be sealed; for the operator."""

    MALFORMED = "malformed"
    NOT_P256 = "not_p256"
    KEY_MISMATCH = "key_mismatch"
    CHAIN_BROKEN = "chain_broken"
    WRONG_USAGE = "wrong_usage"
    NOT_VALID_NOW = "not_valid_now"
    REVOKED = "revoked"
    CRL_MISSING = "crl_missing"
    CRL_STALE = "crl_stale"
    TSA_MISSING = "tsa_missing"


class SealUnusable(Exception):
    """The town's seal must not be used as it is."""

    def __init__(self, fault: SealFault) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True, repr=False)
class SealMaterial:
    """A seal whose parts fit together. Make it with `material`."""

    sign: SignDigest
    chain: tuple[x509.Certificate, ...]
    """The seal's certificate, its issuers, the root last."""
    tsa_chain: tuple[x509.Certificate, ...]
    """Likewise, of the time-stamp authority."""
    crls: tuple[x509.CertificateRevocationList, ...]

    @property
    def certificate(self) -> x509.Certificate:
        """The seal's own."""
        return self.chain[0]

    def require_usable(self, now: datetime) -> None:
        """Raises `SealUnusable` when a certificate is not valid, or a revocation list is stale, at `now`."""
        for certificate in (*self.chain, *self.tsa_chain):
            if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
                raise SealUnusable(SealFault.NOT_VALID_NOW)
        for crl in self.crls:
            if crl.next_update_utc is None or crl.next_update_utc <= now:
                raise SealUnusable(SealFault.CRL_STALE)


def material(
    *, sign: SignDigest, public_key: object, chain_pem: bytes, tsa_chain_pem: bytes, crls_der: Sequence[bytes]
) -> SealMaterial:
    """Parse and check. `public_key` is that of `sign`. Raises `SealUnusable`."""
    try:
        chain = tuple(x509.load_pem_x509_certificates(chain_pem))
        tsa_chain = tuple(x509.load_pem_x509_certificates(tsa_chain_pem))
        crls = tuple(x509.load_der_x509_crl(der) for der in crls_der)
    except ValueError as error:
        raise SealUnusable(SealFault.MALFORMED) from error
    _require(chain[0].public_key() == public_key, SealFault.KEY_MISMATCH)
    for certificates in (chain, tsa_chain):
        _require(_linked(certificates), SealFault.CHAIN_BROKEN)
    _require(_may_seal(chain[0]) and _may_stamp(tsa_chain[0]), SealFault.WRONG_USAGE)
    needed = tuple(_revocation_list(pair, crls) for chain_ in (chain, tsa_chain) for pair in _pairs(chain_))
    return SealMaterial(sign, chain, tsa_chain, tuple({id(crl): crl for crl in needed}.values()))


def linked_chain(pem: bytes) -> tuple[x509.Certificate, ...]:
    """A certificate and its issuers, the root last. Raises `SealUnusable` when one did not issue the one before."""
    try:
        chain = tuple(x509.load_pem_x509_certificates(pem))
    except ValueError as error:
        raise SealUnusable(SealFault.MALFORMED) from error
    _require(_linked(chain), SealFault.CHAIN_BROKEN)
    return chain


def key_in_memory(key_pem: bytes) -> tuple[SignDigest, ec.EllipticCurvePublicKey]:
    """The private-key operation of a PEM key without password, and its public key. Raises `SealUnusable`."""
    try:
        key = load_pem_private_key(key_pem, None)
    except (ValueError, TypeError):
        raise SealUnusable(SealFault.MALFORMED) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise SealUnusable(SealFault.NOT_P256)
    algorithm = ec.ECDSA(Prehashed(hashes.SHA256()))
    return lambda digest: key.sign(digest, algorithm), key.public_key()


def _require(holds: bool, fault: SealFault) -> None:
    if not holds:
        raise SealUnusable(fault)


def _pairs(chain: Sequence[x509.Certificate]) -> list[tuple[x509.Certificate, x509.Certificate]]:
    return list(pairwise(chain))


def issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether `issuer` signed `certificate`, under its name."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _linked(chain: Sequence[x509.Certificate]) -> bool:
    return len(chain) > 1 and all(issued_by(*pair) for pair in _pairs(chain)) and issued_by(chain[-1], chain[-1])


def _may_seal(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return (usage.digital_signature or usage.content_commitment) and not usage.key_cert_sign


def _may_stamp(certificate: x509.Certificate) -> bool:
    """RFC 3161 §2.3: the one extended purpose, marked critical."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        return False
    return usage.critical and list(usage.value) == [ExtendedKeyUsageOID.TIME_STAMPING]


def _revocation_list(
    pair: tuple[x509.Certificate, x509.Certificate], crls: Sequence[x509.CertificateRevocationList]
) -> x509.CertificateRevocationList:
    """The issuer's list about this certificate, or `SealUnusable`."""
    certificate, issuer = pair
    for crl in crls:
        if crl.issuer == issuer.subject and _signed(crl, issuer):
            if crl.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None:
                raise SealUnusable(SealFault.REVOKED)
            return crl
    raise SealUnusable(SealFault.CRL_MISSING)


def _signed(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    key = issuer.public_key()
    try:
        return crl.is_signature_valid(key)  # type: ignore[arg-type]  # a kind that cannot sign does not verify
    except TypeError:
        return False
