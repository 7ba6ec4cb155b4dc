"""Which test cards there are: every kind for the first resident, a good one for every other persona, more on demand."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from madoguchi_sandbox.pki.card_box import Card, CardBox, NoSuchCard
from madoguchi_sandbox.pki.card_kinds import CardKind
from madoguchi_sandbox.pki.holders import Holder
from madoguchi_sandbox.register import PERSONAS

FIRST = "hanako"
YOUNGEST = 15
"""Nobody younger gets a signature certificate."""
_SEX = {"1": "male", "2": "female"}


def card_id(who: str, kind: CardKind) -> str:
    """`<persona or 宛名番号>-<kind>`, e.g. `hanako-good`, `hanako-on-hold`."""
    return f"{who.replace('_', '-')}-{kind.value.replace('_', '-')}"


@dataclass(frozen=True, slots=True)
class Offer:
    """A card one can pick; it is made when it is first used."""

    id: str
    kind: CardKind
    holder: Holder
    story: str


class Shelf:
    """The cards on offer, and those made so far."""

    def __init__(self, box: CardBox, register: Path, clock: Callable[[], datetime]) -> None:
        self.box = box
        self._register = register
        offers = [
            Offer(card_id(FIRST, kind), kind, PERSONAS[FIRST].holder(), PERSONAS[FIRST].story) for kind in CardKind
        ]
        adults = {key: persona for key, persona in PERSONAS.items() if _may_hold(persona.holder(), clock().year)}
        offers += [
            Offer(card_id(key, CardKind.GOOD), CardKind.GOOD, persona.holder(), persona.story)
            for key, persona in adults.items()
            if key != FIRST
        ]
        self.offers = {offer.id: offer for offer in offers}

    def prepare(self) -> None:
        """Make the first resident's cards, so that the revocation list names the bad ones from the start."""
        for kind in CardKind:
            self.get(card_id(FIRST, kind))

    def get(self, wanted: str) -> Card:
        """The card, made if it is on offer. Raises `NoSuchCard`."""
        offer = self.offers.get(wanted)
        return self.box.get(wanted) if offer is None else self.box.issue(offer.id, offer.kind, offer.holder)

    def laid_out(self, who: str) -> tuple[list[Offer], list[Offer]]:
        """The cards of the persona with that key (of the demo's resident, if it has none), good one first; the rest."""
        mine = who if card_id(who, CardKind.GOOD) in self.offers else FIRST
        first = [offer for offer in self.offers.values() if offer.holder == PERSONAS[mine].holder()]
        return first, [offer for offer in self.offers.values() if offer not in first]

    def issue(self, address_number: str, kind: CardKind) -> Card:
        """A card of that kind for anybody on the town's register. Raises `NoSuchCard` when nobody has that number."""
        holder = self._holder(address_number)
        return self.box.issue(card_id(holder.address_number, kind), kind, holder)

    def _holder(self, address_number: str) -> Holder:
        query = (
            'SELECT "宛名番号", "氏名", "性別", "生年月日", "住所_都道府県" || "住所_市区町村" || "住所_町字" || '
            '"住所_番地号表記", "住所_方書" FROM "住民" WHERE "宛名番号" = ?'
        )
        with closing(sqlite3.connect(f"file:{self._register}?mode=ro", uri=True)) as connection:
            row = connection.execute(query, (address_number,)).fetchone()
        if row is None:
            raise NoSuchCard(address_number)
        number, name, sex, birth_date, address, building = row
        return Holder(number, name, _SEX.get(sex, ""), birth_date, f"{address}　{building}" if building else address)


def shelf_in(folder: Path, town: str, clock: Callable[[], datetime]) -> Shelf:
    """The shelf of the town's cards below the run-time `folder` (`.madoguchi`)."""
    box = CardBox(folder / "sandbox" / "pki" / "jpki", clock)
    return Shelf(box, folder / "secrets" / town / "register.sqlite", clock)


def _may_hold(holder: Holder, year: int) -> bool:
    return year - int(holder.birth_date[:4]) > YOUNGEST
