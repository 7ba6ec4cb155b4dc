"""A courier in memory: documents, vault, clock by hand, channels that do as they are told."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from madoguchi.contracts import events as e
from madoguchi.contracts.envelope import Envelope, envelop
from madoguchi.contracts.events import Event
from madoguchi.contracts.personal import Contact
from madoguchi.contracts.vocabulary import Channel, Delivery, Language, NoticeChannel
from madoguchi.policy.load import load_town
from madoguchi.store.aggregates import Aggregates, collection
from madoguchi.store.relay import Relay
from madoguchi.testing.clock import HandClock
from madoguchi.testing.documents import MemoryDocuments
from madoguchi.testing.events import TOWN, request_id
from madoguchi.testing.vault import memory_vault
from madoguchi.text.catalogue import Catalogue
from notify.compose import Wording
from notify.deliver import Courier, Town
from notify.domain.model import Notice, Outcome, Recipient
from notify.handlers import HANDLERS, Deps
from notify.ports import Channel as Sending
from notify.ports import Message

LINE, EMAIL = NoticeChannel.LINE, NoticeChannel.EMAIL
ACCEPTED = Outcome(verdict="accepted", code="200")
RETRY = Outcome(verdict="retry", code="500")
POLICY = load_town(Path(__file__).parents[3] / "deploy/municipalities/990019.yaml")
WORDING = Wording(POLICY, Catalogue.of_package("notify"), b"k" * 32, "http://127.0.0.1:8401", "http://127.0.0.1:8403")
SAKURA = Contact(line_user_id="U" + "a" * 32, email="sakura@example.jp")
Then = Callable[[], Awaitable[None]]


async def until(holds: Callable[[], bool]) -> None:
    """Give way to the others until it is so."""
    while not holds():  # noqa: ASYNC110 - whatever it is, it may be anybody's doing
        await asyncio.sleep(0)


@dataclass
class Told:
    """A channel that keeps what it is given and answers as told, then always that it accepted."""

    answers: list[Outcome | Exception | Then] = field(default_factory=list)
    sent: list[Message] = field(default_factory=list)

    async def send(self, contact: Contact, message: Message) -> Outcome:
        assert contact.email or contact.line_user_id
        self.sent.append(message)
        answer = self.answers.pop(0) if self.answers else ACCEPTED
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Outcome):
            return answer
        await answer()
        return ACCEPTED


@dataclass
class Post:
    """Everything that outlives a courier, and ways to look at it."""

    clock: HandClock = field(default_factory=HandClock)
    line: Told = field(default_factory=Told)
    mail: Told = field(default_factory=Told)
    channels: dict[NoticeChannel, Sending] = field(default_factory=dict)
    """Real ones, where the test is about them."""

    def __post_init__(self) -> None:
        self.recipients = Aggregates(MemoryDocuments(), collection("recipients"), Recipient, self.clock)
        self.vault = memory_vault(TOWN, clock=self.clock)
        self.channels = self.channels or {LINE: self.line, EMAIL: self.mail}

    async def submitted(self, number: int = 1, contact: Contact = SAKURA) -> Envelope[Event]:
        request, now = request_id(number), self.clock()
        await self.vault.create_key(request, TOWN)
        event = e.RequestSubmitted(
            request_id=request, municipality=TOWN, certificate="residence_certificate", service_code="x",
            options=e.CertificateOptions(), delivery=Delivery.DOWNLOAD, channel=Channel.LINE,
            language=Language.ENGLISH, contact=await self.vault.seal(request, "contact", contact),
            submitted_at=now, deadline_at=now + timedelta(days=1),
        )  # fmt: skip
        return envelop(event, time=now, trace={"traceparent": "00-1-1-01"})

    def fee_due(self, number: int = 1) -> Envelope[Event]:
        now = self.clock()
        due = e.FeeDue(request_id=request_id(number), municipality=TOWN, payment_id="pay_1", amount=300, due_at=now)
        return envelop(due, time=now)

    def closed(self, number: int = 1) -> Envelope[Event]:
        now = self.clock()
        return envelop(
            e.RequestClosed(request_id=request_id(number), municipality=TOWN, outcome="cancelled", closed_at=now),
            time=now,
        )

    async def hear(self, *envelopes: Envelope[Event]) -> None:
        for envelope in envelopes:
            await HANDLERS[type(envelope.event)](envelope, Deps(self.recipients))

    def courier(self, tasks: asyncio.TaskGroup, longest_try: float = 5.0) -> Courier:
        towns = {TOWN: Town(WORDING, self.channels)}
        return Courier(self.recipients, self.vault, towns, self.clock, tasks, longest_try)

    async def one_round(self) -> None:
        """A process that starts, does what is due, and ends."""
        async with asyncio.TaskGroup() as tasks:
            await self.courier(tasks).round()

    async def killed_in(self, told: Told) -> None:
        """A process that dies in the middle of an attempt on `told`."""
        reached = asyncio.Event()

        async def hang() -> None:
            reached.set()
            await asyncio.Event().wait()

        told.answers.append(hang)
        process = asyncio.create_task(self.one_round())
        await reached.wait()
        process.cancel()
        await asyncio.wait({process})

    async def state(self, number: int = 1) -> Recipient:
        present = await self.recipients.load(request_id(number))
        assert present is not None
        return present.state

    async def notice(self, number: int = 1) -> Notice:
        return next(iter((await self.state(number)).notices.values()))

    async def published(self, number: int = 1) -> list[Envelope[Event]]:
        present = await self.recipients.load(request_id(number))
        return [] if present is None else list(present.events())

    async def relayed(self) -> list[Envelope[Event]]:
        """What the relay publishes now."""
        out: list[Envelope[Event]] = []

        async def send(envelopes: Sequence[Envelope[Event]]) -> None:
            out.extend(envelopes)

        relay = Relay([self.recipients], send, self.clock)
        running = asyncio.create_task(relay.run())
        await until(lambda: bool(out))
        await relay.drained()
        running.cancel()
        await asyncio.wait({running})
        return out
