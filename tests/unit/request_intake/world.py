"""A request-intake in memory: its stores, vault, links and app are the real code; only the provider is played."""

import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

import httpx

from madoguchi.contracts.envelope import envelop
from madoguchi.contracts.events import NoticeSent
from madoguchi.contracts.personal import Contact
from madoguchi.contracts.vocabulary import Language, MunicipalityCode, NoticeChannel, Yen
from madoguchi.policy.models import Municipality
from madoguchi.store.aggregates import Aggregates
from madoguchi.testing.documents import MemoryDocuments
from madoguchi.text.catalogue import Catalogue
from madoguchi.vault.keys import FileKeyWrapper, TownKeys
from madoguchi.vault.port import Access, KeyErased, LegalBasis, Purpose
from madoguchi.vault.vault import StoredVault
from madoguchi.web.api_keys import ApiKey, ApiKeys, make_key
from request_intake.adapters.tally import PrometheusTally
from request_intake.domain import watching
from request_intake.domain.state import RequestState
from request_intake.domain.step import Pace
from request_intake.handlers import HANDLERS, REQUESTS, Deps, Links
from request_intake.http.app import application, furnish
from request_intake.ports import PaymentNews, PaymentPage, ProviderAway

TOWN = "990019"
WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
START = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)


@dataclass
class Clock:
    """Time that passes when told to."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass
class Randomness:
    """Different bytes each time, the same in each run."""

    count: Iterator[int] = field(default_factory=itertools.count)

    def __call__(self, length: int) -> bytes:
        return next(self.count).to_bytes(length, "big")


@dataclass
class PlayedProvider:
    """A payment provider in memory."""

    pages: dict[str, Yen] = field(default_factory=dict)
    paid: set[str] = field(default_factory=set)
    refunds: list[tuple[str, Yen]] = field(default_factory=list)
    given_back: set[str] = field(default_factory=set)
    """By someone at the provider, not by us."""
    away: bool = False
    asked: int = 0

    async def open_page(
        self,
        municipality: MunicipalityCode,
        payment_id: str,
        amount: Yen,
        description: str,
        *,
        return_url: str,
        language: Language,
    ) -> PaymentPage:
        self._answer()
        self.pages[payment_id] = amount
        return PaymentPage(f"co_{payment_id}", f"https://pay.example/checkout/{payment_id}")

    async def news(self, municipality: MunicipalityCode, checkout_id: str) -> PaymentNews:
        self._answer()
        self.asked += 1
        payment_id = checkout_id.removeprefix("co_")
        status: Literal["open", "paid", "refunded"] = "paid" if payment_id in self.paid else "open"
        return PaymentNews(payment_id, self.pages[payment_id], "refunded" if payment_id in self.given_back else status)

    async def refund(self, municipality: MunicipalityCode, payment_id: str, amount: Yen) -> None:
        self._answer()
        self.refunds.append((payment_id, amount))

    def _answer(self) -> None:
        if self.away:
            raise ProviderAway("played")


@dataclass
class Intake:
    """Everything a test needs."""

    deps: Deps
    clock: Clock
    provider: PlayedProvider
    documents: MemoryDocuments
    vault_documents: MemoryDocuments
    keys: dict[str, str]
    api_keys: ApiKeys
    wakes: list[None]

    async def state(self, request_id: str) -> RequestState:
        return await self.deps.load(request_id)

    async def sent(self, request_id: str) -> list[str]:
        """The names of the events published for a request, in order."""
        found = await self.deps.requests.load(request_id)
        assert found is not None
        return [type(envelope.event).__name__ for envelope in found.events()]

    KeyErased = KeyErased

    async def look(self, request_id: str) -> Contact:
        """Notify opens the contact."""
        access = Access("notify", Purpose.SEND_NOTICE, LegalBasis.CONSENT)
        return await self.deps.vault.open(request_id, (await self.state(request_id)).contact, Contact, access)

    async def tell_notices(self, request_id: str) -> None:
        """Notify reports every notice as sent."""
        for key, notice in (await self.state(request_id)).notices.items():
            event = NoticeSent(
                request_id=request_id,
                municipality=TOWN,
                notice_id=key,
                kind=notice.kind,
                channels=(NoticeChannel.EMAIL,),
                status="sent",
                sent_at=self.clock(),
            )
            await HANDLERS[NoticeSent](envelop(event, time=self.clock(), key=key), self.deps)

    @asynccontextmanager
    async def client(self, key: str | None = "live", **headers: str) -> AsyncIterator[httpx.AsyncClient]:
        app = application()
        furnish(app, self.deps, self.documents, self.api_keys, {TOWN: (WEBHOOK_SECRET,)})
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        auth = {"Authorization": f"Bearer {self.keys[key]}"} if key else {}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://intake.example", headers={**auth, **headers}
        ) as client:
            yield client


def build(town: Municipality, catalogue: Catalogue) -> Intake:
    """An intake for this town."""
    clock, provider, wakes = Clock(), PlayedProvider(), list[None]()
    documents, vault_documents = MemoryDocuments(), MemoryDocuments()
    keys = TownKeys({TOWN: FileKeyWrapper(TOWN, b"d" * 32)}, {TOWN: (b"i" * 32,)})
    deps = Deps(
        requests=Aggregates(documents, REQUESTS, RequestState, clock, watching.fields),
        vault=StoredVault(vault_documents, keys, clock),
        towns={TOWN: town},
        payments=provider,
        catalogue=catalogue,
        clock=clock,
        randomness=Randomness(),
        pace=Pace(redrive=timedelta(seconds=20)),
        links=Links({TOWN: (b"l" * 32,)}, "http://intake.example", "http://issuance.example"),
        tally=PrometheusTally(),
        wake=lambda: wakes.append(None),
    )
    made = {
        "live": make_key("live-1", "webchat", live=True),
        "other": make_key("other-1", "kiosk", live=True),
        "test": make_key("test-1", "webchat", live=False),
    }
    entries = tuple((ApiKey(stored.id, stored.channel, TOWN, stored.live), stored) for _, stored in made.values())
    api_keys = ApiKeys(entries, frozenset({TOWN}))
    plain = {name: key for name, (key, _) in made.items()}
    return Intake(deps, clock, provider, documents, vault_documents, plain, api_keys, wakes)
