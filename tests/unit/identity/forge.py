"""Signatures that no card makes: certificates with one thing wrong, containers with one thing changed."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder

from madoguchi_sandbox.pki.authority import Authority, Validity
from madoguchi_sandbox.pki.card_certificates import Leaf, issue
from unit.identity.world import HOLDER, NOW, TEXT

KEY: RSAPrivateKey = generate_private_key(public_exponent=65537, key_size=2048)
OPTIONS = (PKCS7Options.DetachedSignature, PKCS7Options.Binary, PKCS7Options.NoCapabilities)


def leaf(**changed: Any) -> Leaf:
    """What a good card's certificate says, but for `changed`."""
    good = Leaf(
        public_key=KEY.public_key(),
        serial=4711,
        common_name="2026010100000000001MIHON001A",
        validity=Validity(NOW - timedelta(days=10), NOW + timedelta(days=1000)),
        attributes=HOLDER.attributes(),
    )
    return replace(good, **changed)


def signed_by(certificate: x509.Certificate, *options: PKCS7Options, key: RSAPrivateKey = KEY) -> bytes:
    """DER CMS over the text, made with any certificate."""
    builder = PKCS7SignatureBuilder().set_data(TEXT.encode()).add_signer(certificate, key, hashes.SHA256())
    return builder.sign(Encoding.DER, list(options or OPTIONS))


def forged(authority: Authority, key_id: x509.AuthorityKeyIdentifier | None = None, **changed: Any) -> str:
    """Base64 CMS of a card with that certificate."""
    return b64encode(signed_by(issue(authority, leaf(**changed), key_id))).decode()


def altered(der: bytes, change: Callable[[Any], None]) -> str:
    """Base64 CMS after `change` was made to the parsed SignedData."""
    content = cms.ContentInfo.load(der)
    data = content["content"]
    change(data)
    return b64encode(cms.ContentInfo({"content_type": "signed_data", "content": data.copy()}).dump(force=True)).decode()
