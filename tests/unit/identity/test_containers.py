"""CMS containers that are not what a card makes, and bytes that are nothing at all."""

from base64 import b64encode
from typing import Any

import pytest
from asn1crypto import cms as asn1_cms
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options
from hypothesis import given, settings
from hypothesis import strategies as st

from identity.domain.verdict import Shortcoming
from identity.jpki.verify import verify
from madoguchi.contracts.personal import CardAttributes
from madoguchi.contracts.vocabulary import IdentityReason
from madoguchi_sandbox.pki.card_certificates import issue
from unit.identity.forge import altered, leaf, signed_by
from unit.identity.world import NOW, TEXT, World

R = IdentityReason


def outcome(world: World, cms: str, text: str = TEXT) -> IdentityReason | CardAttributes:
    try:
        return verify(text, cms, world.trust, at=NOW, now=NOW)
    except Shortcoming as short:
        return short.reason


def encoded(der: bytes) -> str:
    return b64encode(der).decode()


def twice(data: Any) -> None:
    signer = data["signer_infos"][0]
    data["signer_infos"] = asn1_cms.SignerInfos([signer, signer])


def nobody(data: Any) -> None:
    data["signer_infos"] = asn1_cms.SignerInfos([])


def no_certificate(data: Any) -> None:
    data["certificates"] = asn1_cms.CertificateSet([])


def same_certificate_twice(data: Any) -> None:
    entry = data["certificates"][0]
    data["certificates"] = asn1_cms.CertificateSet([entry, entry])


def no_attributes(data: Any) -> None:
    data["signer_infos"][0]["signed_attrs"] = None


def one_attribute(data: Any) -> None:
    kept = [a for a in data["signer_infos"][0]["signed_attrs"] if a["type"].native != "message_digest"]
    data["signer_infos"][0]["signed_attrs"] = asn1_cms.CMSAttributes(kept)


def digest_twice(data: Any) -> None:
    own = list(data["signer_infos"][0]["signed_attrs"])
    more = [a for a in own if a["type"].native == "message_digest"]
    data["signer_infos"][0]["signed_attrs"] = asn1_cms.CMSAttributes([*own, *more])


def other_content(data: Any) -> None:
    data["encap_content_info"] = {"content_type": "enveloped_data"}


def old_hash(data: Any) -> None:
    data["signer_infos"][0]["digest_algorithm"] = {"algorithm": "sha1"}


def other_hash(data: Any) -> None:
    data["signer_infos"][0]["signature_algorithm"] = {"algorithm": "sha512_rsa"}


def elliptic(data: Any) -> None:
    data["signer_infos"][0]["signature_algorithm"] = {"algorithm": "sha256_ecdsa"}


def pss(data: Any) -> None:
    data["signer_infos"][0]["signature_algorithm"] = {"algorithm": "rsassa_pss"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (twice, R.MALFORMED),
        (nobody, R.MALFORMED),
        (no_certificate, R.MALFORMED),
        (same_certificate_twice, R.MALFORMED),
        (no_attributes, R.MALFORMED),
        (one_attribute, R.MALFORMED),
        (digest_twice, R.MALFORMED),
        (other_content, R.MALFORMED),
        (old_hash, R.SIGNATURE_INVALID),
        (other_hash, R.SIGNATURE_INVALID),
        (elliptic, R.SIGNATURE_INVALID),
        (pss, R.SIGNATURE_INVALID),
    ],
)
def test_a_changed_container_is_refused(world: World, change: Any, expected: IdentityReason) -> None:
    assert outcome(world, altered(world.der(), change)) is expected


def test_a_container_with_the_text_inside_is_malformed(world: World) -> None:
    certificate = issue(world.box.authorities.current, leaf())
    attached = signed_by(certificate, PKCS7Options.Binary, PKCS7Options.NoCapabilities)
    assert outcome(world, encoded(attached)) is R.MALFORMED


def test_a_signature_without_signed_attributes_is_malformed(world: World) -> None:
    certificate = issue(world.box.authorities.current, leaf())
    bare = signed_by(certificate, PKCS7Options.DetachedSignature, PKCS7Options.Binary, PKCS7Options.NoAttributes)
    assert outcome(world, encoded(bare)) is R.MALFORMED


def test_a_signer_named_by_key_id_is_understood(world: World) -> None:
    certificate = issue(world.box.authorities.current, leaf())
    content = asn1_cms.ContentInfo.load(signed_by(certificate))
    signer = content["content"]["signer_infos"][0]
    key_id = content["content"]["certificates"][0].chosen.key_identifier
    signer["sid"] = asn1_cms.SignerIdentifier({"subject_key_identifier": key_id})
    signer["version"] = "v3"
    assert isinstance(outcome(world, encoded(content.dump(force=True))), CardAttributes)


_SHARED: dict[str, World] = {}


@pytest.fixture(autouse=True)
def _shared(world: World) -> None:
    _SHARED["world"] = world  # Hypothesis calls its test many times within one fixture


@given(st.text(), st.text(max_size=300))
def test_any_text_for_a_signature_gets_a_reason(cms: str, text: str) -> None:
    assert isinstance(outcome(_SHARED["world"], cms, text), IdentityReason)


@given(st.binary(max_size=400))
def test_any_bytes_for_a_signature_get_a_reason(der: bytes) -> None:
    assert isinstance(outcome(_SHARED["world"], encoded(der)), IdentityReason)


@settings(max_examples=400)
@given(st.data())
def test_a_damaged_signature_never_passes_as_someone_else(data: st.DataObject) -> None:
    """Bytes changed, cut, or put in: a reason, or the very same person (some bytes mean nothing)."""
    world = _SHARED["world"]
    der = bytearray(_der(world))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(der) - 1))
        cut = data.draw(st.integers(0, 3))
        der[at : at + cut] = data.draw(st.binary(max_size=4))
    seen = outcome(world, encoded(bytes(der)))
    assert isinstance(seen, IdentityReason) or seen == _who(world)


def _der(world: World) -> bytes:
    return _CACHE.setdefault("der", world.der())


def _who(world: World) -> CardAttributes:
    return verify(TEXT, encoded(_der(world)), world.trust, at=NOW, now=NOW)


_CACHE: dict[str, bytes] = {}


def test_deep_nesting_gets_a_reason(world: World) -> None:
    nested = b""
    for _ in range(4000):
        size = len(nested)
        length = bytes([size]) if size < 128 else b"\x83" + size.to_bytes(3, "big")
        nested = b"\x30" + length + nested
    assert outcome(world, encoded(nested)) is R.MALFORMED
    assert outcome(world, encoded(b"\x30\x80" * 20_000)) is R.MALFORMED
