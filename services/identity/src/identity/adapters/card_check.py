"""The check of card signatures for every town, off the event loop."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from identity.jpki.profile import Profile, Roots
from identity.jpki.revocation import RevocationList
from identity.jpki.verify import Trust, verify
from madoguchi.contracts.personal import CardAttributes, SigningEvidence


class Lists(Protocol):
    """A town's revocation lists (`identity.adapters.revocation_feed.RevocationFeed`)."""

    async def current(self) -> tuple[RevocationList, ...]:
        """The lists as fresh as they can be had."""
        ...

    async def refresh(self) -> None:
        """Ask for news."""
        ...


@dataclass(frozen=True, slots=True)
class TownTrust:
    """What one town relies on, with its lists as they come in. Without a feed, revocation stays unknown."""

    roots: Roots
    profile: Profile
    feed: Lists | None


@dataclass(frozen=True, slots=True)
class JpkiCheck:
    """Town → what it relies on."""

    towns: Mapping[str, TownTrust]

    async def check(
        self, municipality: str, evidence: SigningEvidence, *, at: datetime, now: datetime
    ) -> CardAttributes:
        """As `identity.ports.CardCheck` says."""
        town = self.towns[municipality]
        lists = () if town.feed is None else await town.feed.current()
        trust = Trust(town.roots, town.profile, lists)
        return await asyncio.to_thread(verify, evidence.text, evidence.cms, trust, at=at, now=now)

    async def refresh(self) -> None:
        """Ask every town's feed for news."""
        await asyncio.gather(*(town.feed.refresh() for town in self.towns.values() if town.feed is not None))
