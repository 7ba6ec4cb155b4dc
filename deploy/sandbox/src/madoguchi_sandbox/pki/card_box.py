"""The box of test cards: issues them, signs with them, checks PINs, revokes them, publishes the revocation list."""

import hashlib
import json
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder
from pydantic import BaseModel, ConfigDict

from madoguchi_sandbox.pki import card_authorities
from madoguchi_sandbox.pki.authority import Revocation, Validity, key_usage, rsa_key, write_private
from madoguchi_sandbox.pki.card_certificates import (
    AUTHENTICATION_POLICY,
    SIGNATURE_POLICY,
    Leaf,
    distribution_point,
    issue,
)
from madoguchi_sandbox.pki.card_kinds import RECIPES, CardKind
from madoguchi_sandbox.pki.holders import Holder, fifth_birthday

PIN = "MIHON123"
"""The PIN of every sandbox card."""
PIN_TRIES = 5
LIST_GOOD_FOR = timedelta(hours=24)


class Card(BaseModel):
    """One test card. Only the sandbox keeps such a thing; a real card's key never leaves its chip."""

    model_config = ConfigDict(frozen=True)

    id: str
    kind: CardKind
    address_number: str
    holder: str
    certificate: str
    """PEM."""
    pin: str = PIN
    wrong_pins: int = 0
    revoked_at: datetime | None = None
    revoked_reason: str | None = None
    """A CRLReason of RFC 5280, in its spelling there, e.g. `certificateHold`."""

    @property
    def locked(self) -> bool:
        """Too many wrong PINs in a row."""
        return self.wrong_pins >= PIN_TRIES

    def x509(self) -> x509.Certificate:
        """The certificate."""
        return x509.load_pem_x509_certificate(self.certificate.encode())


class NoSuchCard(Exception):
    """No card has that id."""


class WrongPin(Exception):
    """The PIN is not right; the argument says how many tries are left (0: the card is locked)."""


class CardBox:
    """The cards kept in a folder. `clock` gives the time in UTC."""

    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self._folder = folder
        self._clock = clock
        self.authorities = card_authorities.opened(folder / "authorities", clock())

    def all(self) -> list[Card]:
        """Every card, by id."""
        return [_read(path) for path in sorted((self._folder / "cards").glob("*.json"))]

    def get(self, card_id: str) -> Card:
        """A card. Raises `NoSuchCard`."""
        path = self._path(card_id)
        if not path.exists():
            raise NoSuchCard(card_id)
        return _read(path)

    def issue(self, card_id: str, kind: CardKind, holder: Holder) -> Card:
        """The card with that id, made when there is none yet, or when time has made another kind of it."""
        now = self._clock().replace(microsecond=0)
        if self._path(card_id).exists():
            card = self.get(card_id)
            if _still(kind, card.x509(), now):
                return card
        recipe = RECIPES[kind]
        card = Card(
            id=card_id,
            kind=kind,
            address_number=holder.address_number,
            holder=holder.name,
            certificate=self._certificate(kind, holder, card_id, now).public_bytes(Encoding.PEM).decode(),
            revoked_at=now - timedelta(days=3) if recipe.revoked else None,
            revoked_reason=recipe.revoked.value if recipe.revoked else None,
        )
        self._save(card)
        return card

    def sign(self, card_id: str, text: str) -> bytes:
        """A detached CMS SignedData (DER) over the UTF-8 bytes of `text`."""
        card = self.get(card_id)
        key = rsa_key(self._key(card_id))
        builder = PKCS7SignatureBuilder().set_data(text.encode()).add_signer(card.x509(), key, hashes.SHA256())
        options = [PKCS7Options.DetachedSignature, PKCS7Options.Binary, PKCS7Options.NoCapabilities]
        return builder.sign(Encoding.DER, options)

    def enter_pin(self, card_id: str, pin: str) -> None:
        """Check a PIN as the card does. Raises `WrongPin`; the right one after too many wrong ones is refused too."""
        card = self.get(card_id)
        if card.locked:
            raise WrongPin(0)
        right = secrets.compare_digest(card.pin.encode(), pin.encode())
        wrong_pins = 0 if right else card.wrong_pins + 1
        self._save(card.model_copy(update={"wrong_pins": wrong_pins}))
        if not right:
            raise WrongPin(PIN_TRIES - wrong_pins)

    def unlock(self, card_id: str) -> Card:
        """What the counter does for a locked card."""
        return self._save(self.get(card_id).model_copy(update={"wrong_pins": 0}))

    def revoke(self, card_id: str, reason: x509.ReasonFlags) -> Card:
        """Revoke a card, or hold it (`certificate_hold`); `remove_from_crl` lifts a hold."""
        lifted = reason is x509.ReasonFlags.remove_from_crl
        update: dict[str, Any] = {
            "revoked_at": None if lifted else self._clock().replace(microsecond=0),
            "revoked_reason": None if lifted else reason.value,
        }
        return self._save(self.get(card_id).model_copy(update=update))

    def revocation_lists(self) -> tuple[bytes, bytes]:
        """The lists of the current and the older generation, DER; the same bytes for an hour unless a card changes."""
        start = self._clock().replace(minute=0, second=0, microsecond=0)
        lines: dict[str, list[Revocation]] = {"current": [], "older": []}
        for card in self.all():
            authority = RECIPES[card.kind].authority
            if authority in lines and card.revoked_at is not None:
                reason = x509.ReasonFlags(card.revoked_reason)
                lines[authority].append(Revocation(card.x509().serial_number, card.revoked_at, reason))
        where = x509.IssuingDistributionPoint(distribution_point(), None, False, False, None, False, False)
        number = int(start.timestamp()) // 3600 * 10_000 + sum(map(len, lines.values()))
        validity = Validity(start, start + LIST_GOOD_FOR)
        current, older = (
            self.authorities.by_name(name).crl(lines[name], validity=validity, number=number, distribution_point=where)
            for name in ("current", "older")
        )
        return current, older

    def _certificate(self, kind: CardKind, holder: Holder, card_id: str, now: datetime) -> x509.Certificate:
        recipe = RECIPES[kind]
        start = now - recipe.age
        signs = kind is not CardKind.AUTHENTICATION
        serial = 100_000_000 + secrets.randbelow(800_000_000)
        leaf = Leaf(
            public_key=rsa_key(self._key(card_id)).public_key(),
            serial=serial,
            common_name=f"{start:%Y%m%d%H%M%S}{serial % 100_000:05d}MIHON001A",
            validity=Validity(start, fifth_birthday(start.date(), holder.birth_date)),
            attributes=holder.attributes() if signs else None,
            policy=SIGNATURE_POLICY if signs else AUTHENTICATION_POLICY,
            usage=key_usage(sign=True, commit=signs),
        )
        return issue(self.authorities.by_name(recipe.authority), leaf)

    def _path(self, card_id: str) -> Path:
        return self._folder / "cards" / f"{_plain(card_id)}.json"

    def _key(self, card_id: str) -> Path:
        return self._folder / "cards" / f"{_plain(card_id)}.key.pem"

    def _save(self, card: Card) -> Card:
        write_private(self._path(card.id), json.dumps(card.model_dump(mode="json"), ensure_ascii=False).encode())
        return card


def _still(kind: CardKind, certificate: x509.Certificate, now: datetime) -> bool:
    """Whether the certificate's days still make it a card of that kind."""
    if kind is CardKind.EXPIRED:
        return True
    if kind is CardKind.FUTURE:
        return now < certificate.not_valid_before_utc
    return now < certificate.not_valid_after_utc


def etag(content: bytes) -> str:
    """A strong entity tag."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def _plain(card_id: str) -> str:
    if not card_id.replace("-", "").isalnum():
        raise NoSuchCard(card_id)
    return card_id


def _read(path: Path) -> Card:
    stat = path.stat()
    return _parsed(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4096)
def _parsed(path: Path, _changed: int, _size: int) -> Card:
    return Card.model_validate_json(path.read_bytes())
