"""The authorities behind a town's documents: root → organisation CA → seal (職責証明書), and a time-stamp authority."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from madoguchi_sandbox.pki.authority import Authority, Validity, issuing, kept, key_usage, p256_key, pem, write_private
from madoguchi_sandbox.pki.card_certificates import name

YEAR = timedelta(days=365)
LIST_GOOD_FOR = timedelta(days=90)
REPOSITORY = "http://repository.mihon.example"
"""Where the certificates say their revocation lists are. It answers nobody: documents carry the lists (PAdES B-LT)."""
ORGANISATION = "Sandbox of Madoguchi - no legal effect"


@dataclass(frozen=True, slots=True)
class Signer:
    """An end-entity key and its certificate, with the issuers up to the root."""

    certificate: x509.Certificate
    key: EllipticCurvePrivateKey
    issuers: tuple[Authority, ...]

    @property
    def chain(self) -> bytes:
        """PEM: the certificate, its issuers, the root last."""
        return pem(self.certificate, *(issuer.certificate for issuer in self.issuers))


@dataclass(frozen=True, slots=True)
class TownAuthorities:
    """Everything is P-256."""

    seal: Signer
    time_stamps: Signer

    def revocation_lists(self, now: datetime) -> dict[str, bytes]:
        """One empty list of each issuing certificate (DER), by file name; good for 90 days."""
        start = now.replace(microsecond=0) - timedelta(minutes=5)
        validity = Validity(start, start + LIST_GOOD_FOR)
        number = int(start.timestamp())
        intermediate, root = self.seal.issuers
        (stamps,) = self.time_stamps.issuers
        issuers = {"seal-ca.crl": intermediate, "seal-root.crl": root, "tsa-ca.crl": stamps}
        return {file: issuer.crl((), validity=validity, number=number) for file, issuer in issuers.items()}


def opened(folder: Path, now: datetime, *, town: str, office: str) -> TownAuthorities:
    """The authorities kept in `folder`, made when missing. `office` is whose seal it is, e.g. 見本市長."""
    root = _authority(folder, "seal-root", f"{town} Sandbox Root CA", now, years=20)
    intermediate = _authority(folder, "seal-ca", f"{town} Sandbox Organization CA", now, years=10, by=root)
    stamps = _authority(folder, "tsa-root", "Sandbox Time-Stamp CA", now, years=20)
    seal = _signer(folder, "seal", f"{office} 職責証明書（見本）", now, issuers=(intermediate, root), crl="seal-ca.crl")
    tsa = _signer(folder, "tsa", "Sandbox Time-Stamp Authority", now, issuers=(stamps,), crl="tsa-ca.crl")
    return TownAuthorities(seal, tsa)


def _subject(common_name: str) -> x509.Name:
    return name(
        (NameOID.COUNTRY_NAME, "JP"), (NameOID.ORGANIZATION_NAME, ORGANISATION), (NameOID.COMMON_NAME, common_name)
    )


def _authority(
    folder: Path, label: str, common_name: str, now: datetime, *, years: int, by: Authority | None = None
) -> Authority:
    key, path = p256_key(folder / f"{label}.key.pem"), folder / f"{label}.pem"
    certificate = kept(path, key, now, keep=2 * YEAR)
    if certificate is not None:
        return Authority(certificate, key)
    start = now.replace(microsecond=0) - timedelta(days=1)
    authority = issuing(
        _subject(common_name),
        key,
        Validity(start, start + years * YEAR),
        serial=x509.random_serial_number(),
        by=by,
        crl_url=f"{REPOSITORY}/seal-root.crl" if by else None,
    )
    write_private(path, pem(authority.certificate))
    return authority


def _signer(
    folder: Path, label: str, common_name: str, now: datetime, *, issuers: tuple[Authority, ...], crl: str
) -> Signer:
    key, path = p256_key(folder / f"{label}.key.pem"), folder / f"{label}.pem"
    certificate = kept(path, key, now, keep=YEAR)
    if certificate is None:
        certificate = _end_entity(key, _subject(common_name), now, issuers[0], crl, stamps=label == "tsa")
        write_private(path, pem(certificate))
    return Signer(certificate, key, issuers)


def _end_entity(
    key: EllipticCurvePrivateKey, subject: x509.Name, now: datetime, issuer: Authority, crl: str, *, stamps: bool
) -> x509.Certificate:
    start = now.replace(microsecond=0) - timedelta(days=1)
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(f"{REPOSITORY}/{crl}")], None, None, None)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + 5 * YEAR)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage(sign=True, commit=not stamps), critical=True)
        .add_extension(issuer.key_id, critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.CRLDistributionPoints([point]), critical=False)
    )
    if stamps:  # RFC 3161 §2.3: this one purpose, and critical
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return builder.sign(issuer.key, hashes.SHA256())
