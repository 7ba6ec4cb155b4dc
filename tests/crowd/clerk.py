"""A clerk who decides what is referred, without the console: publishes what it would, again while nothing follows."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import decisions
from crowd.stories import Story
from crowd.world import NotNow
from madoguchi.bus.connection import Connection
from madoguchi.bus.producer import NotSent, Producer
from madoguchi.contracts.envelope import Envelope, envelop
from madoguchi.contracts.events import Decision, IssuanceDecided
from madoguchi.contracts.flow import CONSOLE
from madoguchi.policy.load import load_towns
from madoguchi.policy.models import Municipality
from madoguchi.store.port import Unavailable
from madoguchi.vault.open import opened
from madoguchi.vault.vault import StoredVault
from madoguchi_sandbox.launcher.plan import Layout

LOOK_EVERY = 1.0
EFFECT_SECONDS = 6.0


@dataclass(frozen=True, slots=True)
class Where:
    """What the vault needs to know, as a service's settings say it."""

    mongodb_uri: str
    secrets_dir: Path
    vault_mongodb_uri: str | None = None


@dataclass(slots=True)
class Clerk:
    """Has the vault and the bus, as the console has."""

    vault: StoredVault
    producer: Producer
    towns: Mapping[str, Municipality]

    @asynccontextmanager
    async def at_hand(self, story: Story, page: str, referred: Callable[[], bool]) -> AsyncIterator[None]:
        """Decides the case at `page`, should it be `referred` meanwhile."""
        watching = asyncio.create_task(self._watch(story, page, referred))
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.wait({watching})

    async def decide(self, story: Story, request_id: str) -> None:
        """Say who it is (which matters where identity asked), then which entry of the register, or no."""
        for decision in await self._decisions(story, request_id):
            await self.producer.send([envelop_decision(decision)])

    async def _watch(self, story: Story, page: str, referred: Callable[[], bool]) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            if page and referred():
                await self.for_sure(story, page.split("/r/")[1].split(".", maxsplit=1)[0])
                await asyncio.sleep(EFFECT_SECONDS)

    async def for_sure(self, story: Story, request_id: str) -> None:
        """Decide, as soon as store and bus are there."""
        while True:
            try:
                return await self.decide(story, request_id)
            except (NotSent, Unavailable, NotNow):
                await asyncio.sleep(LOOK_EVERY)

    async def _decisions(self, story: Story, request_id: str) -> list[Decision]:
        who = await decisions.this_person(self.vault, request_id, story.town, story.person)
        if not story.plot.startswith("clerk"):
            return [who]
        if story.plot == "clerk_refuses":
            return [who, decisions.no(IssuanceDecided, request_id, story.town)]
        return [who, await decisions.this_one(self.vault, request_id, story.town, story.person)]


def envelop_decision(decision: Decision) -> Envelope[Decision]:
    """As the console does: each decision an event of its own."""
    return envelop(decision, time=decision.decided_at, key=decision.decided_at.isoformat())


@asynccontextmanager
async def on_duty(layout: Layout) -> AsyncIterator[Clerk]:
    """A clerk of the system of that layout."""
    towns = load_towns(layout.folder / "municipalities")
    where = Where(layout.store_uri, layout.folder / "secrets")
    async with AsyncExitStack() as stack:
        vault = await stack.enter_async_context(opened(where, towns))
        producer = await stack.enter_async_context(Producer(Connection(layout.bootstrap_servers), CONSOLE))
        yield Clerk(vault, producer, towns)
