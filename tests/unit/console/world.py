"""The console with in-memory twins around it: store and vault; its pages by ASGI, with sessions from the store."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from console.domain.staff import Role
from console.handlers import HANDLERS
from console.handlers.deps import Deps, cases_in
from console.http.app import application
from console.http.site import Site
from console.login.session import COOKIE, SESSIONS, Sessions, key_of
from madoguchi.contracts.envelope import Envelope
from madoguchi.policy.load import load_town
from madoguchi.store.aggregates import instant
from madoguchi.testing.clock import HandClock
from madoguchi.testing.documents import MemoryDocuments
from madoguchi.testing.vault import memory_vault
from madoguchi.vault.vault import StoredVault
from unit.console import given as g

POLICY = load_town(Path(__file__).parents[3] / "deploy/municipalities/990019.yaml")


@dataclass
class World:
    """One town, one store; `send` delivers events."""

    documents: MemoryDocuments = field(default_factory=MemoryDocuments)
    clock: HandClock = field(default_factory=lambda: HandClock(g.at(60)))

    def __post_init__(self) -> None:
        self.vault: StoredVault = memory_vault(g.TOWN, documents=self.documents, clock=self.clock)
        self.deps = Deps(cases_in(self.documents, self.clock), self.vault, {g.TOWN: POLICY}, self.clock)
        self.sessions = Sessions(self.documents, self.clock)
        self.app = application(Site(self.deps, self.sessions), 10_000)

    async def send(self, *envelopes: Envelope[Any]) -> None:
        for envelope in envelopes:
            await HANDLERS[type(envelope.event)](envelope, self.deps)

    @asynccontextmanager
    async def at_work(self, number: str, *roles: Role, **other: str) -> AsyncIterator[httpx.AsyncClient]:
        """A browser of somebody who is logged in."""
        document = {
            "_id": key_of(number),
            "version": 1,
            "number": number,
            "roles": [role.value for role in roles],
            "municipality": g.TOWN,
            "name": "見本 職員",
            "csrf": f"csrf-{number}",
            "until": instant(g.at(10_000)),
            **other,
        }
        await self.documents.insert(SESSIONS, document)
        transport = httpx.ASGITransport(self.app)
        headers = {"Cookie": f"{COOKIE}={number}", "Accept": "text/html", "Accept-Language": "en"}
        async with httpx.AsyncClient(transport=transport, base_url="https://console.example", headers=headers) as http:
            yield http


def words(response: httpx.Response) -> str:
    """What a page says, on one line."""
    body = response.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", body.partition(">")[2]).split())
