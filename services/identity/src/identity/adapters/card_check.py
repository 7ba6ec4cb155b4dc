"""The check of card signatures for every town, off the event loop."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from identity.domain.verdict import Shortcoming
from identity.jpki.profile import Profile, Roots
from identity.jpki.revocation import RevocationList
from identity.jpki.verify import Trust, verify
from madoguchi.contracts.personal import CardAttributes, SigningEvidence
from madoguchi.contracts.vocabulary import IdentityReason


class NoFreshList(ConnectionError):
    """There is no fresh revocation list at the moment; later there may be."""


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
    patience: timedelta = timedelta(0)
    """How old evidence must be until missing lists become a clerk's matter; before, it is tried again."""

    async def check(
        self, municipality: str, evidence: SigningEvidence, *, at: datetime, now: datetime
    ) -> CardAttributes:
        """As `identity.ports.CardCheck` says. Raises `NoFreshList` while it is worth trying again."""
        town = self.towns[municipality]
        lists = () if town.feed is None else await town.feed.current()
        trust = Trust(town.roots, town.profile, lists)
        try:
            return await asyncio.to_thread(verify, evidence.text, evidence.cms, trust, at=at, now=now)
        except Shortcoming as short:
            waits = town.feed is not None and now - at < self.patience
            if short.reason is IdentityReason.REVOCATION_UNKNOWN and waits:
                raise NoFreshList(short.detail) from short
            raise

    async def refresh(self) -> None:
        """Ask every town's feed for news."""
        await asyncio.gather(*(town.feed.refresh() for town in self.towns.values() if town.feed is not None))
