"""Cards, and what a town relies on: what identity's tests work with."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from identity.jpki.profile import pinned, profile
from identity.jpki.revocation import index
from identity.jpki.verify import Trust
from madoguchi.contracts.personal import CardAttributes, SigningEvidence
from madoguchi_sandbox.pki.card_box import Card, CardBox
from madoguchi_sandbox.pki.card_kinds import CardKind
from madoguchi_sandbox.pki.holders import Holder

NOW = datetime(2026, 11, 24, 3, 30, tzinfo=UTC)
NONCE = "0123456789abcdef0123456789abcdef"
TEXT = f"見本市長 様\n住民票の写しを申請します。\nnonce: {NONCE}\n"
HOLDER = Holder("0000000102", "例野　花子", "female", "1991-04-12", "見本県見本市見本町一丁目11番1号")
ATTRIBUTES = CardAttributes(
    name=HOLDER.name,
    name_substitutions="00000",
    sex="female",
    birth_date=HOLDER.birth_date,
    address=HOLDER.address,
    address_substitutions="0" * len(HOLDER.address),
    certificate_serial="1",
)


@dataclass(frozen=True, slots=True)
class World:
    """A box with one card of each kind, and a town that pins both generations' roots."""

    box: CardBox
    trust: Trust

    def card(self, kind: CardKind) -> Card:
        return self.box.get(kind.value.replace("_", "-"))

    def cms(self, kind: CardKind = CardKind.GOOD, text: str = TEXT) -> str:
        return b64encode(self.der(kind, text)).decode()

    def der(self, kind: CardKind = CardKind.GOOD, text: str = TEXT) -> bytes:
        return self.box.sign(kind.value.replace("_", "-"), text)

    def evidence(self, kind: CardKind = CardKind.GOOD, text: str = TEXT) -> SigningEvidence:
        return SigningEvidence(text=text, cms=self.cms(kind, text))


def made(folder: Path) -> World:
    box = CardBox(folder, lambda: NOW)
    for kind in CardKind:
        box.issue(kind.value.replace("_", "-"), kind, HOLDER)
    roots = pinned(box.authorities.roots())
    lists = tuple(index(der, roots) for der in box.revocation_lists())
    return World(box, Trust(roots, profile(sandbox=True), lists))
