"""The console with in-memory twins around it: store and vault; its pages by ASGI, with sessions from the store."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from console.adapters.acts import StoredActs
from console.domain.acts import What
from console.domain.staff import Role, Staff
from console.handlers import HANDLERS
from console.handlers.deps import Deps, cases_in, letters_in, notices_in, retries_in, tallies_in, tests_in
from console.handlers.watching import see
from console.http.app import application
from console.http.site import Site
from console.login.attempts import Attempts
from console.login.client_auth import ClientSecret
from console.login.desk import Login
from console.login.provider import Provider
from console.login.sessions import Sessions
from console.wiring import acts_macs, rules
from madoguchi.bus.record import Record
from madoguchi.contracts.documents import from_document
from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.events import Event
from madoguchi.contracts.personal import CardAttributes, ReviewNote
from madoguchi.policy.load import load_town
from madoguchi.register.sqlite import SqliteRegister
from madoguchi.testing.clock import HandClock
from madoguchi.testing.documents import MemoryDocuments
from madoguchi.testing.vault import memory_vault
from madoguchi.vault.vault import StoredVault
from madoguchi_sandbox.register import PERSONAS
from unit.console import given as g
from unit.console.broker import MemoryBroker

POLICY = load_town(Path(__file__).parents[3] / "deploy/municipalities/990019.yaml")


@dataclass
class World:
    """One town, one store; `send` delivers events."""

    register: Path
    """The synthetic town's extract."""
    documents: MemoryDocuments = field(default_factory=MemoryDocuments)
    clock: HandClock = field(default_factory=lambda: HandClock(g.at(60)))

    def __post_init__(self) -> None:
        self.vault: StoredVault = memory_vault(g.TOWN, documents=self.documents, clock=self.clock)
        self.acts = StoredActs(self.documents, partial(acts_macs, self.vault), self.clock)
        self.broker = MemoryBroker(self.clock)
        self.deps = Deps(
            cases=cases_in(self.documents, self.clock),
            letters=letters_in(self.documents, self.clock),
            retries=retries_in(self.documents, self.clock),
            notices=notices_in(self.documents, self.clock),
            tests=tests_in(self.documents, self.clock),
            tallies=tallies_in(self.documents, self.clock),
            dead_letters=self.broker,
            acts=self.acts,
            vault=self.vault,
            towns={g.TOWN: POLICY},
            registers={g.TOWN: SqliteRegister(self.register)},
            rules={g.TOWN: rules(POLICY)},
            clock=self.clock,
        )
        self.sessions = Sessions(self.documents, self.clock)
        provider = Provider(httpx.AsyncClient(), "https://signin.example", ClientSecret("console", "x"), self.clock)
        attempts = Attempts(self.documents, self.clock)
        login = Login(provider, attempts, self.sessions, {g.TOWN: POLICY}, "https://console.example", self.record)
        self.app = application(Site(self.deps, login), 10_000)

    async def record(self, staff: Staff, what: What) -> None:
        await self.acts.record(staff.municipality, staff.number, what)

    async def send(self, *envelopes: Envelope[Any]) -> None:
        for envelope in envelopes:
            await HANDLERS[type(envelope.event)](envelope, self.deps)

    async def set_aside(self, service: str, *records: Record, error: str = "ValueError") -> list[str]:
        """A service set these aside; the console has seen it. Returns the ids of the letters."""
        letters = [self.broker.set_aside(service, record, error) for record in records]
        await self.sees()
        return letters

    async def sees(self) -> None:
        """The console sees everything that the broker holds, again."""
        for record in self.broker.everything():
            await see(record, self.deps)

    async def referred(self, persona: str, reason: str = "substituted_characters") -> None:
        """Somebody signed with their good card, and issuance asks which entry of the register they are."""
        await self.vault.create_key(g.REQUEST, g.TOWN)
        note = ReviewNote(reason=reason, candidates=(PERSONAS[persona].address_number,))
        review = await self.vault.seal(g.REQUEST, "review", note)
        attributes = await self.vault.seal(g.REQUEST, "attributes", card(persona))
        await self.send(g.submitted(), g.verified(attributes=attributes), g.issuance_referred(review=review))

    async def sent(self) -> list[Event]:
        """What the console published."""
        found = await self.deps.cases.load(g.REQUEST)
        return [] if found is None else [from_document(document).event for document in found.sent]

    async def looks(self) -> list[tuple[str, ...]]:
        """Who looked at which fields."""
        return [(one.actor, *one.fields) for one in await self.vault.access_log(g.REQUEST)]

    @asynccontextmanager
    async def at_work(
        self, number: str, *roles: Role, resident_pseudonym: str | None = None
    ) -> AsyncIterator[httpx.AsyncClient]:
        """A browser of somebody who is logged in."""
        staff = Staff(number, frozenset(roles), g.TOWN, resident_pseudonym)
        secret = await self.sessions.begin(staff, "見本 職員", "")
        transport = httpx.ASGITransport(self.app)
        headers = {"Cookie": f"__Host-console-session={secret}", "Accept": "text/html", "Accept-Language": "en"}
        async with httpx.AsyncClient(transport=transport, base_url="https://console.example", headers=headers) as http:
            yield http


def card(persona: str) -> CardAttributes:
    """What the good card of a persona says."""
    holder = PERSONAS[persona].holder()
    spelled = holder.attributes()
    return CardAttributes(
        name=spelled.name,
        name_substitutions=spelled.name_flags,
        sex="female" if holder.sex == "female" else "male",
        birth_date=holder.birth_date,
        address=spelled.address,
        address_substitutions=spelled.address_flags,
        certificate_serial="1",
    )


def form(page: httpx.Response, **said: str) -> dict[str, str]:
    """A form of that page, filled in."""
    hidden = re.findall(r'name="(csrf|mark)" value="([\w-]+)"', page.text)
    return {**dict(hidden), **said}


def words(response: httpx.Response) -> str:
    """What a page says, on one line."""
    body = response.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", body.partition(">")[2]).split())
