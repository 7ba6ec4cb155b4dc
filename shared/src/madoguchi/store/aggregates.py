"""Aggregates: state, outbox and inbox in one document, written by one compare-and-set (design §4).

`sent` keeps every event the aggregate ever published, so that a sweep can publish them again; `outbox` holds those
still to be published; `inbox` names the events already consumed. `redrives` counts how often everything was published
again; `answered` says, for each service we listen to, which of its re-drives was answered last: a re-drive brings
several events, and one answer to all of them is enough.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel

from madoguchi.contracts.documents import from_document, to_document
from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.events import Event
from madoguchi.store.outbox import OUTBOX_AT
from madoguchi.store.port import Collection, Document, Documents, DuplicateKey, Index, Scalar, StaleVersion

S = TypeVar("S", bound=BaseModel)

DUE_AT = "due_at"


def instant(moment: datetime) -> str:
    """A moment (aware) as sortable text: UTC, microseconds, fixed width."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def collection(name: str, *fields: str, unique: tuple[str, ...] = ()) -> Collection:
    """A collection of aggregates, indexed for the relay (`outbox_at`), the sweep (`due_at`) and `fields`."""
    own = (Index(OUTBOX_AT), Index(DUE_AT))
    return Collection(name, (*own, *(Index(f) for f in fields), *(Index(f, unique=True) for f in unique)))


@dataclass(frozen=True, slots=True)
class Change(Generic[S]):
    """What a pure decision wants stored: the new state, events to publish, when the sweep should look again.

    `due_at` None means: nothing is awaited any more.
    """

    state: S
    emit: tuple[Envelope[Event], ...] = ()
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Aggregate(Generic[S]):
    """A loaded aggregate."""

    id: str
    state: S
    version: int
    sent: tuple[Document, ...] = ()
    outbox: tuple[Document, ...] = ()
    inbox: tuple[str, ...] = ()
    due_at: str | None = None
    redrives: int = 0
    answered: Mapping[str, int] = field(default_factory=dict)

    def has_consumed(self, event_id: str) -> bool:
        """Whether this event was already applied."""
        return event_id in self.inbox

    def events(self) -> tuple[Envelope[Event], ...]:
        """Every event it published, oldest first."""
        return tuple(from_document(document) for document in self.sent)


class Absence(Enum):
    """What is known of an aggregate that is not there yet."""

    ABSENT = "absent"


ABSENT = Absence.ABSENT
Known = Aggregate[S] | Literal[Absence.ABSENT] | None
"""An aggregate as it was just now, or that it was not there; None: nothing is known."""

Decide = Callable[[S | None], Change[S] | None]
"""Pure: the present state (None: not there yet) → what to store, or None for nothing at all."""


@dataclass(frozen=True, slots=True)
class Aggregates(Generic[S]):
    """Aggregates of one kind. `fields(state)` gives the extra indexed top-level fields."""

    documents: Documents
    collection: Collection
    model: type[S]
    clock: Callable[[], datetime]
    fields: Callable[[S], Mapping[str, Scalar]] = field(default=lambda _state: {})
    wake: Callable[[], None] = field(default=lambda: None)
    """Called after a save that left something to publish."""
    watchers: list[Callable[[Document], None]] = field(default_factory=list, compare=False, repr=False)
    """Likewise, with the document as saved: a relay adds itself here, and need not read what it is told."""

    async def load(self, key: str) -> Aggregate[S] | None:
        """The aggregate, or None."""
        document = await self.documents.get(self.collection, key)
        return None if document is None else self.parse(document)

    async def apply(
        self, key: str, decide: Decide[S], *, consumed: Envelope[Event] | None = None, known: Known[S] = None
    ) -> Aggregate[S] | None:
        """Load, decide, save; again from the start when someone else saved first.

        What is `known` saves the first loading. It is only ever saved over, never answered from: when the decision is
        to store nothing, or it is no longer as known, the aggregate is loaded after all.

        A `consumed` event that was applied before changes nothing, nor does one for which `decide` returns None (it
        is not noted as consumed). If a sweep re-drove it, the events already published are published again (same
        ids), so that a reader who lost them hears them.
        Returns the aggregate as it now is. Raises `DuplicateKey` when a unique field is another aggregate's.
        """
        while True:
            believed, known = known, None
            present = await self.load(key) if believed is None else None if believed is ABSENT else believed
            repeated = consumed is not None and present is not None and present.has_consumed(consumed.id)
            change = None if repeated else decide(None if present is None else present.state)
            if change is None and believed is not None:
                continue
            if change is None:
                return present if present is None or consumed is None else await self._answer(present, consumed)
            try:
                return await self._save(key, present, change, consumed)
            except StaleVersion:
                continue
            except DuplicateKey:
                if present is not None or await self.documents.get(self.collection, key) is None:
                    raise

    async def republish(self, present: Aggregate[S]) -> Aggregate[S]:
        """Put every event it ever sent into the outbox again, marked as re-driven.

        Does nothing while something waits in the outbox, or when someone else saves first: the next sweep looks again.
        """
        return await self._republish(present, present.answered)

    async def _answer(self, present: Aggregate[S], consumed: Envelope[Event]) -> Aggregate[S]:
        if consumed.redrive <= present.answered.get(consumed.source, 0):
            return present
        return await self._republish(present, {**present.answered, consumed.source: consumed.redrive})

    async def _republish(self, present: Aggregate[S], answered: Mapping[str, int]) -> Aggregate[S]:
        if not present.sent or present.outbox:
            return present
        number = present.redrives + 1
        again = tuple({**document, "redrive": number} for document in present.sent)
        after = replace(present, version=present.version + 1, outbox=again, redrives=number, answered=answered)
        document = self._document(after)
        try:
            await self.documents.replace(self.collection, document)
        except StaleVersion:
            return present
        self._tell(document)
        return after

    async def due(self, now: datetime, limit: int = 100) -> list[Aggregate[S]]:
        """Aggregates whose `due_at` has come, most overdue first."""
        found = await self.documents.find(self.collection, at_most=(DUE_AT, instant(now)), order_by=DUE_AT, limit=limit)
        return [self.parse(document) for document in found]

    async def find(self, limit: int = 100, **equal: Scalar) -> list[Aggregate[S]]:
        """Aggregates whose indexed fields equal the given values."""
        return [self.parse(d) for d in await self.documents.find(self.collection, equal=equal, limit=limit)]

    async def _save(
        self, key: str, present: Aggregate[S] | None, change: Change[S], consumed: Envelope[Event] | None
    ) -> Aggregate[S]:
        fresh = tuple(to_document(envelope) for envelope in _unsent(present, change.emit))
        before = present or Aggregate(key, change.state, version=0)
        after = replace(
            before,
            state=change.state,
            version=before.version + 1,
            sent=(*before.sent, *fresh),
            outbox=(*before.outbox, *fresh),
            inbox=before.inbox if consumed is None else (*before.inbox, consumed.id),
            due_at=None if change.due_at is None else instant(change.due_at),
        )
        document = self._document(after)
        if present is None:
            await self.documents.insert(self.collection, document)
        else:
            await self.documents.replace(self.collection, document)
        if after.outbox:
            self._tell(document)
        return after

    def _tell(self, document: Document) -> None:
        for watcher in self.watchers:
            watcher(document)
        self.wake()

    def parse(self, document: Document) -> Aggregate[S]:
        """A stored document as an aggregate."""
        return Aggregate(
            id=document["_id"],
            state=self.model.model_validate(document["state"]),
            version=document["version"],
            sent=tuple(document["sent"]),
            outbox=tuple(document["outbox"]),
            inbox=tuple(document["inbox"]),
            due_at=document.get(DUE_AT),
            redrives=document.get("redrives", 0),
            answered=document.get("answered", {}),
        )

    def _document(self, aggregate: Aggregate[S]) -> Document:
        document: Document = {
            **self.fields(aggregate.state),
            "_id": aggregate.id,
            "version": aggregate.version,
            "state": aggregate.state.model_dump(mode="json"),
            "sent": list(aggregate.sent),
            "outbox": list(aggregate.outbox),
            "inbox": list(aggregate.inbox),
            "redrives": aggregate.redrives,
            "answered": dict(aggregate.answered),
        }
        if aggregate.outbox:
            document[OUTBOX_AT] = instant(self.clock())
        if aggregate.due_at is not None:
            document[DUE_AT] = aggregate.due_at
        return document


def _unsent(present: Aggregate[Any] | None, emit: Sequence[Envelope[Event]]) -> list[Envelope[Event]]:
    """Events not published before: the same id means the same event."""
    known = {document["id"] for document in present.sent} if present else set()
    return [envelope for envelope in emit if envelope.id not in known]
