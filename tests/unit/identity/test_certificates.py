"""What a signature certificate must look like: one thing wrong at a time, the rest good."""

from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from identity.domain.verdict import Shortcoming
from identity.jpki.profile import pinned, profile
from identity.jpki.verify import verify
from madoguchi.contracts.vocabulary import IdentityReason
from madoguchi_sandbox.pki.authority import Validity, issuing, key_usage, pem
from madoguchi_sandbox.pki.card_certificates import TEST_CARD_POLICY, issue
from unit.identity.forge import KEY, forged, leaf, signed_by
from unit.identity.world import NOW, TEXT, World

R = IdentityReason
UNKNOWN_EXTENSION = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.392.200149.8.5.99"), b"\x05\x00")


def reason(world: World, cms: str, *, sandbox: bool = True) -> IdentityReason | None:
    try:
        verify(TEXT, cms, replace(world.trust, profile=profile(sandbox=sandbox)), at=NOW, now=NOW)
    except Shortcoming as short:
        return short.reason
    return None


def test_the_forge_can_also_make_a_good_one(world: World) -> None:
    assert reason(world, forged(world.box.authorities.current)) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"policy": "1.2.392.200149.8.5.1.3.30"},
        {"policy": "1.2.3.4"},
        {"policy_critical": False},
        {"usage": key_usage(sign=True)},
        {"usage": key_usage(commit=True)},
        {"usage": key_usage(sign=True, commit=True, issue=True)},
        {"extra": ((x509.BasicConstraints(ca=True, path_length=None), True),)},
        {"extra": ((UNKNOWN_EXTENSION, True),)},
    ],
    ids=["authentication", "foreign", "not critical", "no nonRepudiation", "no signing", "issues", "CA", "unknown"],
)
def test_another_kind_of_certificate_is_refused(world: World, changed: dict[str, Any]) -> None:
    assert reason(world, forged(world.box.authorities.current, **changed)) is R.WRONG_CERTIFICATE_KIND


def test_an_unknown_extension_that_is_not_critical_does_no_harm(world: World) -> None:
    assert reason(world, forged(world.box.authorities.current, extra=((UNKNOWN_EXTENSION, False),))) is None


def test_test_cards_count_in_a_sandbox_only(world: World) -> None:
    cms = forged(world.box.authorities.current, policy=TEST_CARD_POLICY)
    assert reason(world, cms, sandbox=True) is None
    assert reason(world, cms, sandbox=False) is R.WRONG_CERTIFICATE_KIND


def test_a_rogue_that_claims_the_right_key_id_is_untrusted(world: World) -> None:
    genuine = world.box.authorities.current.key_id
    assert reason(world, forged(world.box.authorities.rogue, genuine)) is R.UNTRUSTED_ISSUER


def test_the_right_key_under_another_generations_id_is_untrusted(world: World) -> None:
    older = world.box.authorities.older.key_id
    assert reason(world, forged(world.box.authorities.current, older)) is R.UNTRUSTED_ISSUER


def test_an_issuer_below_a_pinned_root_is_untrusted(world: World) -> None:
    root = world.box.authorities.current
    validity = Validity(NOW - timedelta(days=1), NOW + timedelta(days=1))
    below = issuing(root.certificate.subject, KEY, validity, serial=5, by=root)
    assert reason(world, forged(below)) is R.UNTRUSTED_ISSUER


def test_a_short_key_is_signature_invalid(world: World) -> None:
    short = generate_private_key(public_exponent=65537, key_size=1024)
    certificate = issue(world.box.authorities.current, leaf(public_key=short.public_key()))
    with pytest.raises(Shortcoming) as refused:
        verify(TEXT, _base64(signed_by(certificate, key=short)), world.trust, at=NOW, now=NOW)
    assert refused.value.reason is R.SIGNATURE_INVALID


def test_a_certificate_without_attributes_is_attributes_missing(world: World) -> None:
    assert reason(world, forged(world.box.authorities.current, attributes=None)) is R.ATTRIBUTES_MISSING


def test_days_come_before_kind_and_kind_before_revocation(world: World) -> None:
    past = Validity(NOW - timedelta(days=20), NOW - timedelta(days=10))
    auth = "1.2.392.200149.8.5.1.3.30"
    current = world.box.authorities.current
    assert reason(world, forged(current, validity=past, policy=auth)) is R.CERTIFICATE_EXPIRED
    revoked = world.box.get("revoked").x509().serial_number
    assert reason(world, forged(current, serial=revoked, policy=auth)) is R.WRONG_CERTIFICATE_KIND
    assert reason(world, forged(current, serial=revoked)) is R.CERTIFICATE_REVOKED


def test_roots_are_pinned_by_key_id(world: World) -> None:
    authorities = world.box.authorities
    assert set(pinned(authorities.roots())) == {
        authorities.current.subject_key_id.digest,
        authorities.older.subject_key_id.digest,
    }


def test_a_root_with_a_weak_key_cannot_be_pinned() -> None:
    short = generate_private_key(public_exponent=65537, key_size=1024)
    weak = issuing(x509.Name([]), short, Validity(NOW, NOW + timedelta(days=1)), serial=9)
    with pytest.raises(ValueError, match="weak key"):
        pinned(pem(weak.certificate))


def _base64(der: bytes) -> str:
    return b64encode(der).decode()
