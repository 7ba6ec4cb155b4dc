"""Issuance with in-memory twins around it: store, vault, press; the register is the synthetic town's real extract."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from issuance.adapters.certificates import StoredCertificates
from issuance.domain.case import Case
from issuance.domain.ledger import LedgerEntry
from issuance.domain.order import Order, Printed, printed_name
from issuance.handlers import HANDLERS
from issuance.handlers.deps import CASES, LEDGER, Deps, Town
from issuance.ports import CannotPrint
from madoguchi.contracts import events as e
from madoguchi.contracts.documents import from_document
from madoguchi.contracts.envelope import Envelope, envelop
from madoguchi.contracts.personal import CardAttributes, ClerkChoice, Contact, NamedPerson, ReviewNote
from madoguchi.contracts.vocabulary import (
    AssuranceLevel,
    CertificateKind,
    Channel,
    Delivery,
    Language,
    Outcome,
    ProofMethod,
)
from madoguchi.policy.load import load_town
from madoguchi.policy.models import Municipality
from madoguchi.register.sqlite import SqliteRegister
from madoguchi.store.aggregates import Aggregates
from madoguchi.testing.documents import MemoryDocuments
from madoguchi.testing.vault import memory_vault
from madoguchi.vault.port import Access, LegalBasis, Purpose
from madoguchi.vault.vault import StoredVault
from madoguchi_sandbox.register import PERSONAS

CODE = "990019"
POLICY = load_town(Path(__file__).parents[3] / "deploy/municipalities/990019.yaml")
MOMENT = datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC)
REQUEST = "req_01kattttttttttttttttttttt1"
KEY = b"k" * 32
CLERK = Access("clerk:17", Purpose.CLERK_REVIEW, LegalBasis.RESIDENT_REGISTER_ACT_12)


def card(key: str, **other: Any) -> CardAttributes:
    """What the good card of a persona says."""
    holder = PERSONAS[key].holder()
    spelled = holder.attributes()
    values: dict[str, Any] = {
        "name": spelled.name,
        "name_substitutions": spelled.name_flags,
        "sex": holder.sex,
        "birth_date": holder.birth_date,
        "address": spelled.address,
        "address_substitutions": spelled.address_flags,
        "certificate_serial": "1",
    }
    return CardAttributes(**{**values, **other})


@dataclass
class Clock:
    now: datetime = MOMENT

    def __call__(self) -> datetime:
        return self.now


@dataclass
class PaperPress:
    """Prints a few bytes. `mix_up` makes it hand over somebody else's sheet, as presses have done."""

    made: list[Order] = field(default_factory=list)
    unprintable: bool = False
    fails: list[Exception] = field(default_factory=list)
    mix_up: dict[str, Any] = field(default_factory=dict)

    def check(self, order: Order) -> None:
        if self.unprintable:
            raise CannotPrint("a character is not in the font")

    async def make(self, order: Order) -> Printed:
        if self.fails:
            raise self.fails.pop(0)
        self.made.append(order)
        pdf = f"%PDF {order.number} copy {len(self.made)}".encode()
        printed = {
            "pdf": pdf,
            "sha256": hashlib.sha256(pdf).hexdigest(),
            "sheets": 1,
            "number": order.number,
            "names": tuple(printed_name(person) for person in order.persons),
        }
        return Printed(**{**printed, **self.mix_up})


@dataclass
class World:
    """One town, one store; `send` delivers events, `sent` tells what issuance published."""

    register: Path
    documents: MemoryDocuments = field(default_factory=MemoryDocuments)
    press: PaperPress = field(default_factory=PaperPress)
    clock: Clock = field(default_factory=Clock)
    policy: Municipality = POLICY

    def __post_init__(self) -> None:
        self.vault: StoredVault = memory_vault(CODE, documents=self.documents, clock=self.clock)
        self.deps = Deps(
            cases=Aggregates(self.documents, CASES, Case, self.clock),
            ledger=Aggregates(self.documents, LEDGER, LedgerEntry, self.clock),
            certificates=StoredCertificates(self.documents),
            vault=self.vault,
            press=self.press,
            towns={CODE: Town(self.policy, SqliteRegister(self.register), (KEY,))},
            public_url="https://verify.example",
            clock=self.clock,
        )

    async def case(self, request_id: str = REQUEST) -> Case:
        found = await self.deps.cases.load(request_id)
        assert found is not None
        return found.state

    async def send(self, *envelopes: Envelope[Any]) -> None:
        for envelope in envelopes:
            await HANDLERS[type(envelope.event)](envelope, self.deps)

    async def sent(self, request_id: str = REQUEST) -> list[e.Event]:
        found = await self.deps.cases.load(request_id)
        return [] if found is None else [from_document(document).event for document in found.sent]

    def entries(self) -> list[dict[str, Any]]:
        return list(self.documents.collections.get("ledger", {}).values())

    def certificates(self) -> list[dict[str, Any]]:
        return list(self.documents.collections.get("certificates", {}).values())

    async def note(self, request_id: str = REQUEST) -> ReviewNote:
        referred = [event for event in await self.sent(request_id) if isinstance(event, e.IssuanceReferred)]
        return await self.vault.open(request_id, referred[-1].review, ReviewNote, CLERK)

    async def submitted(
        self, member: NamedPerson | None = None, *, live: bool = True, **options: Any
    ) -> Envelope[e.RequestSubmitted]:
        await self.vault.create_key(REQUEST, CODE)
        event = e.RequestSubmitted(
            request_id=REQUEST,
            municipality=CODE,
            certificate=CertificateKind.RESIDENCE_CERTIFICATE,
            service_code="mihon-residents-001",
            options=e.CertificateOptions(**options),
            member=await self.vault.seal(REQUEST, "member", member) if member else None,
            delivery=Delivery.DOWNLOAD,
            channel=Channel.LINE,
            language=Language.JAPANESE,
            contact=await self.vault.seal(REQUEST, "contact", Contact(email="nobody@mihon.example")),
            submitted_at=MOMENT,
            deadline_at=MOMENT + timedelta(days=1),
            live=live,
        )
        return envelop(event, time=MOMENT)

    async def verified(self, attributes: CardAttributes) -> Envelope[e.IdentityVerified]:
        await self.vault.create_key(REQUEST, CODE)
        event = e.IdentityVerified(
            request_id=REQUEST,
            municipality=CODE,
            method=ProofMethod.JPKI_SIGNATURE,
            assurance_level=AssuranceLevel.IAL3,
            rule="a rule",
            attributes=await self.vault.seal(REQUEST, "attributes", attributes),
            verified_at=MOMENT,
        )
        return envelop(event, time=MOMENT)

    def settled(self) -> Envelope[e.FeeSettled]:
        event = e.FeeSettled(request_id=REQUEST, municipality=CODE, payment_id="pay_1", amount=300, settled_at=MOMENT)
        return envelop(event, time=MOMENT)

    def closed(self) -> Envelope[e.RequestClosed]:
        outcome = Outcome.CANCELLED
        event = e.RequestClosed(request_id=REQUEST, municipality=CODE, outcome=outcome, closed_at=MOMENT)
        return envelop(event, time=MOMENT)

    async def decided(
        self, decision: Literal["approve", "refuse"], address_number: str | None = None, key: str = ""
    ) -> Envelope[e.IssuanceDecided]:
        choice = None
        if address_number is not None:
            choice = await self.vault.seal(REQUEST, "choice", ClerkChoice(address_number=address_number))
        event = e.IssuanceDecided(
            request_id=REQUEST, municipality=CODE, decision=decision, clerk="17", decided_at=MOMENT, choice=choice
        )
        return envelop(event, time=MOMENT, key=key)

    async def thread(self, key: str = "hanako", **options: Any) -> tuple[Envelope[Any], ...]:
        """The three events that lead to a certificate."""
        return await self.submitted(**options), await self.verified(card(key)), self.settled()


def kinds(events: Iterable[e.Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def issued(events: Iterable[e.Event]) -> e.CertificateIssued:
    return next(event for event in events if isinstance(event, e.CertificateIssued))
