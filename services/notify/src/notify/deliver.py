"""The worker that tries what is due: record the attempt, try, record the answer. A crash in between is an attempt
without an answer, tried again later with the same keys.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from opentelemetry.trace import SpanKind

from madoguchi.contracts.personal import Contact
from madoguchi.contracts.vocabulary import NoticeChannel
from madoguchi.store.aggregates import Aggregate, Aggregates, Change
from madoguchi.telemetry import traces
from madoguchi.vault.port import Access, KeyErased, LegalBasis, Purpose, Vault
from notify.compose import Wording, compose
from notify.domain import decide
from notify.domain.model import Outcome, Recipient
from notify.metrics import DELIVERIES, DELIVERY_SECONDS
from notify.ports import Channel

log = structlog.get_logger("madoguchi.notify")

ACCESS = Access("notify", Purpose.SEND_NOTICE, LegalBasis.CONSENT)
SIDE_BY_SIDE = 64
A_ROUND = 200
"""Requests begun in one round; the rest is as due in the next."""
LONGEST_TRY = 20.0
"""Seconds until a channel that says nothing counts as not having answered; shorter than `decide.UNANSWERED` of SMTP."""


@dataclass(frozen=True, slots=True)
class Town:
    """How one town's notices are worded and sent."""

    wording: Wording
    channels: Mapping[NoticeChannel, Channel]


@dataclass(frozen=True, slots=True)
class Courier:
    """Delivers the notices of every town: requests side by side, each request's notices in order."""

    recipients: Aggregates[Recipient]
    vault: Vault
    towns: Mapping[str, Town]
    clock: Callable[[], datetime]
    tasks: asyncio.TaskGroup
    """Where deliveries run. They go on after a round: a channel that hangs must not keep the others waiting."""
    longest_try: float = LONGEST_TRY
    busy: set[str] = field(default_factory=set)
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(SIDE_BY_SIDE))

    async def round(self) -> None:
        """Begin with everything that is due now and not yet at hand."""
        for due in await self.recipients.due(self.clock(), limit=len(self.busy) + A_ROUND):
            if due.id not in self.busy:
                self.busy.add(due.id)
                self.tasks.create_task(self._attend(due.id), name="delivery")

    async def _attend(self, request_id: str) -> None:
        """One request, until nothing of it is due any more."""
        try:
            async with self.gate:
                await self._all_due(request_id)
        except Exception as error:  # noqa: BLE001 - one request must not stop the others; it stays due
            log.error("delivery_failed", request_id=request_id, error=type(error).__qualname__)
        finally:
            self.busy.discard(request_id)

    async def _all_due(self, request_id: str) -> None:
        try:
            # Once more after the last: rounds pass over what is at hand, so nobody else looks at what came since.
            while await self._some_due(request_id):
                continue
        except ConnectionError:
            raise
        except Exception:
            await self._apply(request_id, lambda state: decide.set_aside(state, self.clock()))
            raise

    async def _some_due(self, request_id: str) -> bool:
        """Deliver what is due; whether there was anything."""
        present, some = await self.recipients.load(request_id), False
        while present is not None and (keys := decide.due_notices(present.state, self.clock())):
            present, some = await self._deliver(present, keys[0]), True
        return some

    async def _deliver(self, present: Aggregate[Recipient], key: str) -> Aggregate[Recipient] | None:
        """The request as it is afterwards."""
        state = present.state
        contact = await self._contact(state)
        channels = () if contact is None else reachable(contact)
        if contact is None or not channels:
            return await self._apply(state.request_id, lambda s: decide.unreachable(s, key, self.clock()), present)
        trying: tuple[NoticeChannel, ...] = ()

        def attempt(now: Recipient) -> Change[Recipient] | None:
            nonlocal trying
            trying = ()
            if key not in decide.due_notices(now, self.clock()):
                return None
            change, trying = decide.attempting(now, key, channels, self.clock())
            return change

        after = await self._apply(state.request_id, attempt, present)
        if not trying:
            return after
        answers = await asyncio.gather(*(self._try(state, key, contact, channel) for channel in trying))
        outcomes = dict(zip(trying, answers, strict=True))
        return await self._apply(state.request_id, lambda s: decide.attempted(s, key, outcomes, self.clock()), after)

    async def _try(self, state: Recipient, key: str, contact: Contact, channel: NoticeChannel) -> Outcome:
        """What became of it. Never raises: the other channel's answer must not be lost."""
        notice, began = state.notices[key], time.perf_counter()
        with traces.acting(f"deliver {channel.value}", parent=notice.trace, kind=SpanKind.CLIENT):
            try:
                async with asyncio.timeout(self.longest_try):
                    outcome = await self._send(state, key, contact, channel)
            except Exception as error:  # noqa: BLE001 - sent or not, nobody knows: tried again with the same keys
                outcome = Outcome(verdict="retry", code=type(error).__name__)
            DELIVERIES.labels(state.municipality, channel.value, outcome.verdict).inc()
            DELIVERY_SECONDS.labels(channel.value).observe(time.perf_counter() - began)
            log.info("notice_tried", request_id=state.request_id, notice_id=key, kind=notice.kind.value,
                     channel=channel.value, outcome=outcome.verdict, code=outcome.code)  # fmt: skip
        return outcome

    async def _send(self, state: Recipient, key: str, contact: Contact, channel: NoticeChannel) -> Outcome:
        town = self.towns[state.municipality]
        if channel not in town.channels:
            return Outcome(verdict="refused", code="no_such_channel")
        return await town.channels[channel].send(contact, compose(key, state, town.wording))

    async def _contact(self, state: Recipient) -> Contact | None:
        if state.contact is None:
            return None
        try:
            return await self.vault.open(state.request_id, state.contact, Contact, ACCESS)
        except KeyErased:
            return None

    async def _apply(
        self,
        request_id: str,
        change: Callable[[Recipient], Change[Recipient] | None],
        known: Aggregate[Recipient] | None = None,
    ) -> Aggregate[Recipient] | None:
        return await self.recipients.apply(
            request_id, lambda present: None if present is None else change(present), known=known
        )


def reachable(contact: Contact) -> tuple[NoticeChannel, ...]:
    """The channels the resident gave."""
    given = {NoticeChannel.LINE: contact.line_user_id, NoticeChannel.EMAIL: contact.email}
    return tuple(channel for channel, address in given.items() if address is not None)
