"""The bare loop of issuance: render, seal, append what a validator needs. One thread, no service, nothing stored."""

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

from bench.feed import attributes
from issuance.adapters.sheets import sheets
from issuance.documents import dss, timestamp
from issuance.documents.model import RenderInput
from issuance.documents.render import Renderer
from issuance.documents.seal import complete, prepare
from issuance.documents.town_seal import TownSeal, town_seal
from issuance.domain.certificate_number import number_of, verification_url
from issuance.domain.matching import Found, match
from issuance.domain.order import Order
from madoguchi.contracts.events import CertificateOptions
from madoguchi.contracts.ids import new_request_id
from madoguchi.policy.load import load_town
from madoguchi.policy.models import Municipality
from madoguchi.policy.rules import day_in_japan
from madoguchi.policy.secrets import SecretFolder
from madoguchi.register.model import Entry
from madoguchi.register.sqlite import SqliteRegister
from madoguchi.service.clock import utc_now
from madoguchi_sandbox.init import Places, authorities_of
from madoguchi_sandbox.tsa import TimeStamper


def loop_of(folder: Path, code: str) -> Callable[[], Awaitable[None]]:
    """One turn of the loop: one certificate."""
    town = load_town(folder / "municipalities" / f"{code}.yaml")
    secret = SecretFolder(folder / "secrets", code)
    seal, renderer = town_seal(town, secret), Renderer()
    signer = authorities_of(Places(folder, code), town, utc_now()).time_stamps
    stamper = TimeStamper(signer.certificate, signer.key)
    entry, key = asyncio.run(_first_resident(secret, town)), secret.read(town.secrets.certificate_keys[0])

    async def once() -> None:
        now = utc_now()
        # Another number each time: typst remembers what it set before.
        document = _document(town, key, entry, new_request_id(now, secrets.token_bytes))
        rendered = renderer.render(document)
        sealed(rendered.pdf, seal, stamper, document.number, now)

    return once


def sealed(pdf: bytes, seal: TownSeal, stamper: TimeStamper, number: str, now: datetime) -> bytes:
    """The sealed file."""
    prepared = prepare(pdf, seal.dressing, contact=number, signed_at=now, sheets=1)
    signed = seal.cms.attributes(prepared.digest)
    signature = seal.sign(signed)
    digest, nonce = hashlib.sha256(signature).digest(), secrets.randbits(63)
    answer = stamper.answer(timestamp.request(digest, nonce), now)
    stamp = timestamp.answered(answer, digest, nonce, seal.material.tsa_chain, now)
    complete_file = complete(prepared, seal.cms.signed_data(signed, signature, stamp.token))
    return complete_file + dss.update(complete_file, seal.certificates, seal.crls)


async def _first_resident(secret: SecretFolder, town: Municipality) -> Entry:
    register, card = SqliteRegister(secret.path(town.register_.source)), attributes()
    found = match(card, await register.born(card.birth_date))
    if not isinstance(found, Found):
        raise TypeError("the first resident is not in the register")
    return found.entry


def _document(town: Municipality, key: bytes, entry: Entry, request_id: str) -> RenderInput:
    """The certificate as the service makes it."""
    today = day_in_japan(utc_now())
    number = number_of(key, town.code, request_id, today)
    url = verification_url("http://127.0.0.1:8403", key, number)
    return sheets(Order(town.code, number, CertificateOptions(), (entry,), today, url), town)
