"""What every authority of the sandbox shares: cached keys, self-signed roots, revocation lists."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

Key = RSAPrivateKey | EllipticCurvePrivateKey
RSA_BITS = 2048


def write_private(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.{os.getpid()}.half")
    half.touch(mode=0o600)
    half.write_bytes(content)
    half.replace(path)


def key_pem(key: Key) -> bytes:
    """PKCS#8, unencrypted: sandbox keys protect nothing."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def rsa_key(path: Path) -> RSAPrivateKey:
    """The RSA key kept at `path`, made when missing (about 40 ms)."""
    key = _kept(path) or _made(path, generate_rsa(public_exponent=65537, key_size=RSA_BITS))
    if not isinstance(key, RSAPrivateKey):
        raise TypeError(f"{path} holds another kind of key")
    return key


def p256_key(path: Path) -> EllipticCurvePrivateKey:
    """The P-256 key kept at `path`, made when missing."""
    key = _kept(path) or _made(path, generate_ec(SECP256R1()))
    if not isinstance(key, EllipticCurvePrivateKey):
        raise TypeError(f"{path} holds another kind of key")
    return key


def _kept(path: Path) -> Key | None:
    if not path.exists():
        return None
    key = load_pem_private_key(path.read_bytes(), None, unsafe_skip_rsa_key_validation=True)
    return key if isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey) else None


def _made(path: Path, key: Key) -> Key:
    write_private(path, key_pem(key))
    return key


@dataclass(frozen=True, slots=True)
class Validity:
    """From when until when; both ends to the second."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Revocation:
    """One line of a revocation list."""

    serial: int
    at: datetime
    reason: x509.ReasonFlags


@dataclass(frozen=True, slots=True)
class Authority:
    """An issuing certificate and its key."""

    certificate: x509.Certificate
    key: Key

    @property
    def key_id(self) -> x509.AuthorityKeyIdentifier:
        """What its children carry to say who issued them."""
        return x509.AuthorityKeyIdentifier(self.subject_key_id.digest, None, None)

    @property
    def subject_key_id(self) -> x509.SubjectKeyIdentifier:
        """Its own key identifier."""
        return self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value

    def crl(
        self,
        revoked: Iterable[Revocation],
        *,
        validity: Validity,
        number: int,
        distribution_point: x509.IssuingDistributionPoint | None = None,
    ) -> bytes:
        """A revocation list, DER. A given distribution point makes its extension critical (RFC 5280 §5.2.5)."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(validity.start)
            .next_update(validity.end)
            .add_extension(self.key_id, critical=False)
            .add_extension(x509.CRLNumber(number), critical=False)
        )
        if distribution_point is not None:
            builder = builder.add_extension(distribution_point, critical=True)
        for line in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(line.serial).revocation_date(line.at)
            entry = entry.add_extension(x509.CRLReason(line.reason), critical=False)
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)


def key_usage(*, sign: bool = False, commit: bool = False, issue: bool = False) -> x509.KeyUsage:
    """digitalSignature, nonRepudiation, keyCertSign + cRLSign."""
    return x509.KeyUsage(
        digital_signature=sign,
        content_commitment=commit,
        key_cert_sign=issue,
        crl_sign=issue,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def issuing(
    subject: x509.Name,
    key: Key,
    validity: Validity,
    *,
    serial: int,
    by: Authority | None = None,
    crl_url: str | None = None,
) -> Authority:
    """A certificate that may issue others: self-signed, or under `by` (whose revocation list is at `crl_url`)."""
    public = key.public_key()
    issuer_key = key if by is None else by.key
    own_id = x509.SubjectKeyIdentifier.from_public_key(public)
    issuer_id = x509.AuthorityKeyIdentifier(own_id.digest, None, None) if by is None else by.key_id
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if by is None else by.certificate.subject)
        .public_key(public)
        .serial_number(serial)
        .not_valid_before(validity.start)
        .not_valid_after(validity.end)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0 if by else None), critical=True)
        .add_extension(key_usage(issue=True), critical=True)
        .add_extension(own_id, critical=False)
        .add_extension(issuer_id, critical=False)
    )
    if crl_url is not None:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(crl_url)], None, None, None)
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    return Authority(builder.sign(issuer_key, hashes.SHA256()), key)


def kept(path: Path, key: Key, now: datetime, keep: timedelta) -> x509.Certificate | None:
    """The certificate at `path` when it is for `key` and good for at least `keep` from `now`."""
    if not path.exists():
        return None
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if certificate.public_key().public_bytes(*form) != key.public_key().public_bytes(*form):
        return None
    return certificate if now + keep <= certificate.not_valid_after_utc else None


def pem(*certificates: x509.Certificate) -> bytes:
    """PEM, one after the other."""
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates)
