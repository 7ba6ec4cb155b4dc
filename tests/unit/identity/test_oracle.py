"""pyHanko judges the same signatures: both say yes, or both say no.

Gotcha: pyHanko 0.38 forgets `match_all_key_usages` and `key_usage_forbidden`, and with digitalSignature among the
wanted usages takes the card's authentication certificate. Only nonRepudiation is asked for, therefore.
"""

import pytest
from asn1crypto import cms, x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.sign.validation import async_validate_detached_cms
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext

from identity.domain.verdict import Shortcoming
from identity.jpki.verify import verify
from madoguchi_sandbox.pki.card_kinds import CardKind
from unit.identity.world import NOW, TEXT, World


async def pyhanko_says(world: World, der: bytes, text: str) -> bool:
    authorities = (world.box.authorities.current, world.box.authorities.older)
    roots = [x509.Certificate.load(a.certificate.public_bytes(Encoding.DER)) for a in authorities]
    context = ValidationContext(
        trust_roots=roots, crls=list(world.box.revocation_lists()), revocation_mode="require", moment=NOW
    )
    status = await async_validate_detached_cms(
        text.encode(),
        cms.ContentInfo.load(der)["content"],
        signer_validation_context=context,
        key_usage_settings=KeyUsageConstraints(key_usage={"non_repudiation"}),
    )
    return bool(status.bottom_line)


def we_say(world: World, kind: CardKind, text: str) -> bool:
    try:
        verify(text, world.cms(kind), world.trust, at=NOW, now=NOW)
    except Shortcoming:
        return False
    return True


@pytest.mark.parametrize("text", [TEXT, TEXT + "x"], ids=["same text", "other text"])
@pytest.mark.parametrize("kind", CardKind)
async def test_pyhanko_agrees(world: World, kind: CardKind, text: str) -> None:
    expected = text == TEXT and kind in (CardKind.GOOD, CardKind.OLDER_GENERATION)
    assert we_say(world, kind, text) is expected
    assert await pyhanko_says(world, world.der(kind), text) is expected
