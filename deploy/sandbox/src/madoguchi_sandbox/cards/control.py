"""What tests and the phone page do with cards without a page: list, sign, issue, revoke, unlock."""

from base64 import b64encode
from typing import Any

from cryptography import x509
from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict

from madoguchi_sandbox.cards.shelf import Shelf
from madoguchi_sandbox.pki.card_box import Card, NoSuchCard
from madoguchi_sandbox.pki.card_kinds import CardKind


class Wish(BaseModel):
    """Bodies are strict, so that a misspelt key is noticed."""

    model_config = ConfigDict(extra="forbid")


class Sign(Wish):
    """Sign `text` with a card, no PIN asked."""

    card: str
    text: str


class Issue(Wish):
    """Issue a card to anybody on the register, by 宛名番号."""

    address_number: str
    kind: CardKind = CardKind.GOOD


class Revoke(Wish):
    """`reason` as RFC 5280 spells it; `certificateHold` holds, `removeFromCRL` lifts a hold."""

    card: str
    reason: x509.ReasonFlags = x509.ReasonFlags.key_compromise


class Unlock(Wish):
    """Reset the PIN counter."""

    card: str


def described(card: Card) -> dict[str, Any]:
    """A card that was made."""
    return {
        **card.model_dump(mode="json", exclude={"certificate"}),
        "serial": str(card.x509().serial_number),
        "locked": card.locked,
    }


def router(shelf: Shelf) -> APIRouter:
    """Below `/_control`."""
    routes = APIRouter(prefix="/_control")

    @routes.get("/cards")
    def cards() -> list[dict[str, Any]]:
        """The cards on offer, and those made for others."""
        offered = [
            {"id": o.id, "kind": o.kind, "address_number": o.holder.address_number, "holder": o.holder.name}
            for o in shelf.offers.values()
        ]
        made = {card.id: described(card) for card in shelf.box.all()}
        more = [card for key, card in made.items() if key not in shelf.offers]
        return [{**offer, **made.get(str(offer["id"]), {})} for offer in offered] + more

    @routes.post("/cards", status_code=201)
    def issue(wish: Issue) -> dict[str, Any]:
        """A card for anybody."""
        return described(_found(lambda: shelf.issue(wish.address_number, wish.kind)))

    @routes.post("/sign")
    def sign(wish: Sign) -> dict[str, str]:
        """Detached CMS, base64 DER."""
        card = _found(lambda: shelf.get(wish.card))
        return {"cms": b64encode(shelf.box.sign(card.id, wish.text)).decode()}

    @routes.post("/revoke")
    def revoke(wish: Revoke) -> dict[str, Any]:
        """Takes effect in the next revocation list, which is made when asked for."""
        card = _found(lambda: shelf.get(wish.card))
        return described(shelf.box.revoke(card.id, wish.reason))

    @routes.post("/unlock")
    def unlock(wish: Unlock) -> dict[str, Any]:
        """As the counter would."""
        card = _found(lambda: shelf.get(wish.card))
        return described(shelf.box.unlock(card.id))

    return routes


def _found(get: Any) -> Card:
    try:
        card: Card = get()
    except NoSuchCard as error:
        raise HTTPException(404, "no such card") from error
    return card
