"""Certificates as cards carry them, with the names, policies and extensions of the real ones (domain facts §1).

One thing differs on purpose: every name says that this is a sandbox.
"""

from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import NameOID

from madoguchi_sandbox.pki.authority import Authority, Validity, key_usage
from madoguchi_sandbox.pki.der import utf8

ARC = "1.2.392.200149.8.5"
SIGNATURE_POLICY = f"{ARC}.1.1.20"
TEST_CARD_POLICY = f"{ARC}.1.0.20"
AUTHENTICATION_POLICY = f"{ARC}.1.3.30"
SANDBOX_UNIT = "SANDBOX of Madoguchi - not issued by J-LIS"
PREFECTURE, CITY = "Mihon-ken", "Mihon-shi"


def name(*parts: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    """A distinguished name, one attribute in each relative name, in the order given."""
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def authority_name(purpose: str) -> x509.Name:
    """`purpose` is `digital signature` or `user authentication`; all generations share one name."""
    return name(
        (NameOID.COUNTRY_NAME, "JP"),
        (NameOID.ORGANIZATION_NAME, "JPKI"),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, f"JPKI for {purpose}"),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, SANDBOX_UNIT),
    )


def distribution_point() -> list[x509.GeneralName]:
    """The town's directory entry for revocation lists: a name, not a URL."""
    return [
        x509.DirectoryName(
            name(
                (NameOID.COUNTRY_NAME, "JP"),
                (NameOID.ORGANIZATION_NAME, "JPKI"),
                (NameOID.ORGANIZATIONAL_UNIT_NAME, "JPKI for digital signature"),
                (NameOID.ORGANIZATIONAL_UNIT_NAME, "CRL Distribution Points"),
                (NameOID.ORGANIZATIONAL_UNIT_NAME, PREFECTURE),
                (NameOID.COMMON_NAME, f"{CITY} CRLDP"),
            )
        )
    ]


@dataclass(frozen=True, slots=True)
class Attributes:
    """基本4情報 in the certificate's own spelling: `sex` 1/2/3, `birth` EYYYYMMDD, flags one digit per character."""

    name: str
    name_flags: str
    sex: str
    birth: str
    address: str
    address_flags: str

    def alternative_name(self) -> x509.SubjectAlternativeName:
        """subjectAltName in the order real cards have been seen to use."""
        values = {1: self.name, 4: self.birth, 3: self.sex, 5: self.address, 2: self.name_flags, 6: self.address_flags}
        return x509.SubjectAlternativeName(
            [
                x509.OtherName(x509.ObjectIdentifier(f"{ARC}.5.{number}"), utf8(value))
                for number, value in values.items()
            ]
        )


@dataclass(frozen=True, slots=True)
class Leaf:
    """A certificate to be made. Without `attributes` it names nobody, as authentication certificates do."""

    public_key: RSAPublicKey
    serial: int
    common_name: str
    validity: Validity
    attributes: Attributes | None
    policy: str = SIGNATURE_POLICY
    policy_critical: bool = True
    usage: x509.KeyUsage = field(default_factory=lambda: key_usage(sign=True, commit=True))
    extra: tuple[tuple[x509.ExtensionType, bool], ...] = ()
    """More extensions with their criticality; for trying what a verifier must refuse."""


def issue(authority: Authority, leaf: Leaf, key_id: x509.AuthorityKeyIdentifier | None = None) -> x509.Certificate:
    """Issue a card's certificate. `key_id` may claim another issuer, as a forger would."""
    statement = x509.PolicyInformation(x509.ObjectIdentifier(leaf.policy), ["http://www.jpki.go.jp/cps.html"])
    issuer_name = name((NameOID.COUNTRY_NAME, "JP"), (NameOID.ORGANIZATION_NAME, "公的個人認証サービス（見本）"))
    builder = (
        x509.CertificateBuilder()
        .subject_name(_subject(leaf))
        .issuer_name(authority.certificate.subject)
        .public_key(leaf.public_key)
        .serial_number(leaf.serial)
        .not_valid_before(leaf.validity.start)
        .not_valid_after(leaf.validity.end)
        .add_extension(leaf.usage, critical=True)
        .add_extension(x509.CertificatePolicies([statement]), critical=leaf.policy_critical)
        .add_extension(x509.IssuerAlternativeName([x509.DirectoryName(issuer_name)]), critical=False)
        .add_extension(
            x509.CRLDistributionPoints([x509.DistributionPoint(distribution_point(), None, None, None)]), critical=False
        )
        .add_extension(key_id or authority.key_id, critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(leaf.public_key), critical=False)
    )
    if leaf.attributes is not None:
        builder = builder.add_extension(leaf.attributes.alternative_name(), critical=False)
    for extension, critical in leaf.extra:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(authority.key, hashes.SHA256())


def _subject(leaf: Leaf) -> x509.Name:
    place = ((NameOID.LOCALITY_NAME, PREFECTURE), (NameOID.LOCALITY_NAME, CITY)) if leaf.attributes else ()
    return name((NameOID.COUNTRY_NAME, "JP"), *place, (NameOID.COMMON_NAME, leaf.common_name))
