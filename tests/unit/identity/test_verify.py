"""The lean check says yes to the right signature, and gives every other one its own reason."""

from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from identity.domain.verdict import Shortcoming
from identity.jpki.verify import Trust, verify
from madoguchi.contracts.vocabulary import IdentityReason
from madoguchi_sandbox.pki.card_kinds import CardKind
from unit.identity.world import ATTRIBUTES, NOW, TEXT, World

R = IdentityReason
LATER = NOW + timedelta(days=3)
"""After the revocation lists have run out."""


def reason(
    cms: str, trust: Trust, *, text: str = TEXT, at: datetime = NOW, now: datetime | None = None
) -> IdentityReason:
    with pytest.raises(Shortcoming) as short:
        verify(text, cms, trust, at=at, now=now or at)
    return short.value.reason


@pytest.mark.parametrize("kind", [CardKind.GOOD, CardKind.OLDER_GENERATION])
def test_a_good_card_of_either_generation_says_who_signed(world: World, kind: CardKind) -> None:
    serial = str(world.card(kind).x509().serial_number)
    who = verify(TEXT, world.cms(kind), world.trust, at=NOW, now=NOW)
    assert who == ATTRIBUTES.model_copy(update={"certificate_serial": serial})


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (CardKind.REVOKED, R.CERTIFICATE_REVOKED),
        (CardKind.ON_HOLD, R.CERTIFICATE_ON_HOLD),
        (CardKind.EXPIRED, R.CERTIFICATE_EXPIRED),
        (CardKind.FUTURE, R.CERTIFICATE_NOT_YET_VALID),
        (CardKind.AUTHENTICATION, R.WRONG_CERTIFICATE_KIND),
        (CardKind.ROGUE, R.UNTRUSTED_ISSUER),
    ],
)
def test_every_bad_card_has_its_own_reason(world: World, kind: CardKind, expected: IdentityReason) -> None:
    assert reason(world.cms(kind), world.trust) is expected


@pytest.mark.parametrize("text", [TEXT + " ", TEXT.replace("\n", "\r\n"), TEXT[1:], ""])
def test_another_text_is_text_altered(world: World, text: str) -> None:
    assert reason(world.cms(), world.trust, text=text) is R.TEXT_ALTERED


def test_a_flipped_bit_in_the_signature_is_signature_invalid(world: World) -> None:
    der = bytearray(world.der())
    der[-5] ^= 1  # the signature is the last thing in it
    assert reason(b64encode(bytes(der)).decode(), world.trust) is R.SIGNATURE_INVALID


def test_a_stale_list_means_revocation_unknown(world: World) -> None:
    assert reason(world.cms(), world.trust, now=LATER) is R.REVOCATION_UNKNOWN
    assert reason(world.cms(CardKind.ON_HOLD), world.trust, now=LATER) is R.REVOCATION_UNKNOWN


def test_what_the_card_states_is_told_only_where_nothing_but_revocation_is_open(world: World) -> None:
    with pytest.raises(Shortcoming) as unknown:
        verify(TEXT, world.cms(), world.trust, at=NOW, now=LATER)
    serial = str(world.card(CardKind.GOOD).x509().serial_number)
    assert unknown.value.stated == ATTRIBUTES.model_copy(update={"certificate_serial": serial})
    for kind in (CardKind.REVOKED, CardKind.ON_HOLD, CardKind.EXPIRED, CardKind.ROGUE):
        with pytest.raises(Shortcoming) as short:
            verify(TEXT, world.cms(kind), world.trust, at=NOW, now=NOW)
        assert short.value.stated is None


def test_a_list_from_the_future_means_revocation_unknown(world: World) -> None:
    assert reason(world.cms(), world.trust, now=NOW - timedelta(hours=2)) is R.REVOCATION_UNKNOWN


def test_what_was_revoked_stays_revoked_on_a_stale_list(world: World) -> None:
    assert reason(world.cms(CardKind.REVOKED), world.trust, now=LATER) is R.CERTIFICATE_REVOKED


def test_no_list_or_only_the_other_generations_means_revocation_unknown(world: World) -> None:
    _, older = world.trust.lists
    for lists in ((), (older,)):
        assert reason(world.cms(), replace(world.trust, lists=lists)) is R.REVOCATION_UNKNOWN


def test_the_hand_in_counts_for_validity_not_our_reading(world: World) -> None:
    end = world.card(CardKind.EXPIRED).x509().not_valid_after_utc
    cms = world.cms(CardKind.EXPIRED)
    assert verify(TEXT, cms, world.trust, at=end, now=NOW).sex == "female"
    assert reason(cms, world.trust, at=end + timedelta(seconds=1), now=NOW) is R.CERTIFICATE_EXPIRED


def test_a_root_past_its_day_is_untrusted(world: World) -> None:
    after_the_older_root = NOW + timedelta(days=4 * 365)
    assert reason(world.cms(CardKind.OLDER_GENERATION), world.trust, at=after_the_older_root) is R.UNTRUSTED_ISSUER


def test_a_root_that_is_not_pinned_is_untrusted(world: World) -> None:
    assert reason(world.cms(), replace(world.trust, roots={})) is R.UNTRUSTED_ISSUER


@pytest.mark.parametrize("cms", ["", "%%%", "AAAA", "MIID", "é", "MAA="])
def test_what_is_no_signature_is_malformed(world: World, cms: str) -> None:
    assert reason(cms, world.trust) is R.MALFORMED


def test_a_lone_surrogate_in_the_text_is_malformed(world: World) -> None:
    assert reason(world.cms(), world.trust, text="\ud800") is R.MALFORMED


@pytest.mark.parametrize("more", [1, 70_000])
def test_bytes_after_the_signature_are_malformed(world: World, more: int) -> None:
    assert reason(b64encode(b64decode(world.cms()) + bytes(more)).decode(), world.trust) is R.MALFORMED
