"""Revocation lists: which are relied on, for whom, and how long."""

from datetime import timedelta

import pytest
from asn1crypto import pem
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from identity.domain.verdict import Shortcoming
from identity.jpki.revocation import ListRefused, check, index, split
from madoguchi.contracts.vocabulary import IdentityReason
from madoguchi_sandbox.pki.authority import Authority, Revocation, Validity
from madoguchi_sandbox.pki.card_certificates import distribution_point, issue, name
from unit.identity.forge import leaf
from unit.identity.world import NOW, World

DAY = Validity(NOW - timedelta(hours=1), NOW + timedelta(hours=23))
R = x509.ReasonFlags
ELSEWHERE: list[x509.GeneralName] = [x509.DirectoryName(name((x509.NameOID.COMMON_NAME, "Kari-shi CRLDP")))]


def point(
    names: list[x509.GeneralName] | None = None, *, indirect: bool = False, authorities: bool = False
) -> x509.IssuingDistributionPoint:
    return x509.IssuingDistributionPoint(
        full_name=names or distribution_point(),
        relative_name=None,
        only_contains_user_certs=False,
        only_contains_ca_certs=authorities,
        only_some_reasons=None,
        indirect_crl=indirect,
        only_contains_attribute_certs=False,
    )


def made(authority: Authority, reason: R | None = None, where: x509.IssuingDistributionPoint | None = None) -> bytes:
    lines = () if reason is None else (Revocation(4711, NOW, reason),)
    return authority.crl(lines, validity=DAY, number=1, distribution_point=where)


def outcome(world: World, *lists: bytes) -> IdentityReason | None:
    current = world.box.authorities.current
    indexed = [index(der, world.trust.roots) for der in lists]
    try:
        check(indexed, current.subject_key_id.digest, issue(current, leaf()), NOW)
    except Shortcoming as short:
        return short.reason
    return None


@pytest.mark.parametrize("where", [None, point()], ids=["for all", "for the town"])
def test_a_list_that_does_not_name_it(world: World, where: x509.IssuingDistributionPoint | None) -> None:
    assert outcome(world, made(world.box.authorities.current, where=where)) is None


@pytest.mark.parametrize("reason", [R.unspecified, R.key_compromise, R.affiliation_changed, R.superseded])
def test_a_list_that_names_it(world: World, reason: R) -> None:
    assert outcome(world, made(world.box.authorities.current, reason)) is IdentityReason.CERTIFICATE_REVOKED


def test_a_hold(world: World) -> None:
    held = made(world.box.authorities.current, R.certificate_hold, point())
    assert outcome(world, held) is IdentityReason.CERTIFICATE_ON_HOLD


def test_a_list_for_another_town_says_nothing(world: World) -> None:
    elsewhere = made(world.box.authorities.current, where=point(ELSEWHERE))
    assert outcome(world, elsewhere) is IdentityReason.REVOCATION_UNKNOWN


def test_a_serial_on_the_other_generations_list_is_another_certificate(world: World) -> None:
    current, older = world.box.authorities.current, world.box.authorities.older
    assert outcome(world, made(current), made(older, R.key_compromise)) is None


@pytest.mark.parametrize("where", [point(indirect=True), point(authorities=True)], ids=["indirect", "authorities"])
def test_a_list_of_another_scope_is_refused(world: World, where: x509.IssuingDistributionPoint) -> None:
    with pytest.raises(ListRefused):
        index(made(world.box.authorities.current, where=where), world.trust.roots)


def test_a_list_that_no_pinned_root_signed_is_refused(world: World) -> None:
    with pytest.raises(ListRefused, match="no pinned root"):
        index(made(world.box.authorities.rogue), world.trust.roots)


def test_a_list_with_a_bit_changed_is_refused(world: World) -> None:
    der = bytearray(made(world.box.authorities.current))
    der[-1] ^= 1
    with pytest.raises(ListRefused, match="signature"):
        index(bytes(der), world.trust.roots)


def test_both_generations_in_one_pem(world: World) -> None:
    lists = world.box.revocation_lists()
    assert split(b"".join(pem.armor("X509 CRL", der) for der in lists)) == list(lists)
    assert split(lists[0]) == [lists[0]]


@given(st.binary(max_size=200) | st.binary(max_size=80).map(lambda b: b"-----BEGIN X509 CRL-----\n" + b))
def test_any_bytes_are_refused_as_a_list(content: bytes) -> None:
    try:
        lists = split(content)
    except ListRefused:
        return
    for der in lists:
        with pytest.raises(ListRefused):
            index(der, {})
