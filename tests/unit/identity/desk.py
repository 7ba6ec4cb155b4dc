"""Identity with everything in memory, for its handlers' tests."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from identity.adapters.card_check import JpkiCheck, TownTrust
from identity.adapters.nonces import StoredNonces
from identity.domain.case import Case
from identity.handlers import HANDLERS, Deps
from identity.jpki.profile import profile
from identity.jpki.revocation import RevocationList
from madoguchi.contracts import events as e
from madoguchi.contracts import vocabulary as v
from madoguchi.contracts.envelope import Envelope, envelop
from madoguchi.contracts.personal import SigningEvidence
from madoguchi.policy.load import load_town
from madoguchi.store.aggregates import Aggregates, collection
from madoguchi.testing.documents import MemoryDocuments
from madoguchi.testing.vault import memory_vault
from madoguchi_sandbox.pki.card_kinds import CardKind
from unit.identity.world import NONCE, NOW, TEXT, World

REQUEST = "req_01jdfw6x9c3v5k7m2n4p6q8r0s"
COMMON = {"request_id": REQUEST, "municipality": "990019"}
TOWN = load_town(Path(__file__).parents[3] / "deploy" / "municipalities" / "990019.yaml")


@dataclass
class Feed:
    """Revocation lists that come from nowhere."""

    lists: Sequence[RevocationList]

    async def current(self) -> tuple[RevocationList, ...]:
        return tuple(self.lists)

    async def refresh(self) -> None: ...


@dataclass
class Desk:
    """Identity with everything in memory."""

    world: World
    documents: MemoryDocuments = field(default_factory=MemoryDocuments)
    said: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        trust = self.world.trust
        self.feed: Any = Feed(trust.lists)
        self.vault = memory_vault()
        self.deps = Deps(
            cases=Aggregates(self.documents, collection("cases"), Case, lambda: NOW),
            nonces=StoredNonces(self.documents, lambda: NOW, timedelta(days=90)),
            cards=JpkiCheck({"990019": TownTrust(trust.roots, profile(sandbox=True), self.feed)}),
            vault=self.vault,
            towns={"990019": TOWN},
            tally=lambda _town, verdict, reason: self.said.update([(verdict, reason)]),
            clock=lambda: NOW,
        )

    async def hear(self, *envelopes: Envelope[Any]) -> None:
        for envelope in envelopes:
            await HANDLERS[type(envelope.event)](envelope, self.deps)

    async def evidence(
        self, kind: CardKind = CardKind.GOOD, nonce: str = NONCE, challenge: str = "chl_1", **changed: Any
    ) -> Envelope[e.EvidenceSubmitted]:
        await self.vault.create_key(REQUEST, "990019")
        text = changed.pop("text", TEXT.replace(NONCE, nonce))
        signed = SigningEvidence(text=text, cms=self.world.cms(kind, text))
        values = {
            **COMMON,
            "certificate": v.CertificateKind.RESIDENCE_CERTIFICATE,
            "method": v.ProofMethod.JPKI_SIGNATURE,
            "challenge_id": challenge,
            "nonce": nonce,
            "challenge_expires_at": NOW + timedelta(minutes=30),
            "evidence": await self.vault.seal(REQUEST, "evidence", signed),
            "submitted_at": NOW,
            **changed,
        }
        return envelop(e.EvidenceSubmitted.model_validate(values), time=NOW, key=challenge)

    async def published(self) -> list[e.Event]:
        case = await self.deps.cases.load(REQUEST)
        return [] if case is None else [envelope.event for envelope in case.events()]

    async def outbox(self) -> list[str]:
        case = await self.deps.cases.load(REQUEST)
        assert case is not None
        return [document["id"] for document in case.outbox]

    async def looks(self) -> int:
        return len(await self.vault.access_log(REQUEST))


def submitted() -> Envelope[e.RequestSubmitted]:
    event = e.RequestSubmitted(
        **COMMON,
        certificate=v.CertificateKind.RESIDENCE_CERTIFICATE,
        service_code="mihon-residents-001",
        options=e.CertificateOptions(),
        delivery=v.Delivery.DOWNLOAD,
        channel=v.Channel.API,
        language=v.Language.JAPANESE,
        contact="sealed:v1:contact:AAAA",
        submitted_at=NOW,
        deadline_at=NOW,
    )
    return envelop(event, time=NOW)


def closed() -> Envelope[e.RequestClosed]:
    return envelop(e.RequestClosed(**COMMON, outcome=v.Outcome.CANCELLED, closed_at=NOW), time=NOW)
