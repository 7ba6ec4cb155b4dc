"""The worker that tries what is due: record the attempt, try, record the answer. A crash in between is an attempt
without an answer, tried again later with the same keys.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from madoguchi.contracts.personal import Contact
from madoguchi.contracts.vocabulary import NoticeChannel
from madoguchi.store.aggregates import Aggregate, Aggregates, Change
from madoguchi.vault.port import Access, KeyErased, LegalBasis, Purpose, Vault
from notify.compose import Wording, compose
from notify.domain import decide
from notify.domain.model import Outcome, Recipient
from notify.metrics import DELIVERIES
from notify.ports import Channel

log = structlog.get_logger()

ACCESS = Access("notify", Purpose.SEND_NOTICE, LegalBasis.CONSENT)
SIDE_BY_SIDE = 16


@dataclass(frozen=True, slots=True)
class Town:
    """How one town's notices are worded and sent."""

    wording: Wording
    channels: Mapping[NoticeChannel, Channel]


@dataclass(frozen=True, slots=True)
class Courier:
    """Delivers the notices of every town."""

    recipients: Aggregates[Recipient]
    vault: Vault
    towns: Mapping[str, Town]
    clock: Callable[[], datetime]

    async def round(self) -> None:
        """Try everything that is due now, requests side by side, each request's notices in order."""
        gate = asyncio.Semaphore(SIDE_BY_SIDE)

        async def guarded(due: Aggregate[Recipient]) -> None:
            async with gate:
                await self._one(due)

        async with asyncio.TaskGroup() as group:
            for due in await self.recipients.due(self.clock()):
                group.create_task(guarded(due))

    async def _one(self, due: Aggregate[Recipient]) -> None:
        try:
            for key in decide.due_notices(due.state, self.clock()):
                await self._deliver(due.state, key)
        except Exception as error:  # noqa: BLE001 - one request must not stop the others; it stays due
            log.warning("delivery failed", request_id=due.id, error=type(error).__name__)

    async def _deliver(self, state: Recipient, key: str) -> None:
        contact = await self._contact(state)
        channels = () if contact is None else reachable(contact)
        if contact is None or not channels:
            await self._apply(state.request_id, lambda s: decide.unreachable(s, key, self.clock()))
            return
        trying: tuple[NoticeChannel, ...] = ()

        def attempt(present: Recipient) -> Change[Recipient] | None:
            nonlocal trying
            if key not in decide.due_notices(present, self.clock()):
                trying = ()
                return None
            change, trying = decide.attempting(present, key, channels, self.clock())
            return change

        await self._apply(state.request_id, attempt)
        outcomes = await self._try(state, key, contact, trying)
        if outcomes:
            await self._apply(state.request_id, lambda s: decide.attempted(s, key, outcomes, self.clock()))

    async def _try(
        self, state: Recipient, key: str, contact: Contact, channels: tuple[NoticeChannel, ...]
    ) -> dict[NoticeChannel, Outcome]:
        town = self.towns[state.municipality]
        message = compose(key, state, town.wording)
        tries = [town.channels[channel].send(contact, message) for channel in channels if channel in town.channels]
        said = dict(zip((c for c in channels if c in town.channels), await asyncio.gather(*tries), strict=True))
        outcomes = {c: said.get(c, Outcome(verdict="refused", code="no such channel")) for c in channels}
        for channel, outcome in outcomes.items():
            DELIVERIES.labels(channel=channel.value, outcome=outcome.verdict).inc()
            log.info("notice tried", request_id=state.request_id, notice_id=key, kind=message.kind.value,
                     channel=channel.value, outcome=outcome.verdict, code=outcome.code)  # fmt: skip
        return outcomes

    async def _contact(self, state: Recipient) -> Contact | None:
        if state.contact is None:
            return None
        try:
            return await self.vault.open(state.request_id, state.contact, Contact, ACCESS)
        except KeyErased:
            return None

    async def _apply(self, request_id: str, change: Callable[[Recipient], Change[Recipient] | None]) -> None:
        await self.recipients.apply(request_id, lambda present: None if present is None else change(present))


def reachable(contact: Contact) -> tuple[NoticeChannel, ...]:
    """The channels the resident gave."""
    given = {NoticeChannel.LINE: contact.line_user_id, NoticeChannel.EMAIL: contact.email}
    return tuple(channel for channel, address in given.items() if address is not None)
