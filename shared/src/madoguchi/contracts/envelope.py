"""The CloudEvents 1.0 envelope around an event. Pure: ids are derived, times are passed in."""

import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Generic, TypeVar

from madoguchi.contracts.events import Event
from madoguchi.contracts.flow import BY_TYPE

E_co = TypeVar("E_co", bound=Event, covariant=True)
E = TypeVar("E", bound=Event)

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "events.madoguchi.invalid")


def derived_id(*parts: str) -> str:
    """A UUIDv5 of the parts: the same parts give the same id, so a repeat is recognisable."""
    return str(uuid.uuid5(_NAMESPACE, "\x1f".join(parts)))


@dataclass(frozen=True, slots=True)
class Envelope(Generic[E_co]):
    """One event on its way. `id` is fixed when state is saved and never changes on repeats."""

    id: str
    source: str
    """Producing service, as `/services/<name>`."""
    time: datetime
    event: E_co
    redrive: int = 0
    """How often a sweep sent it again (CloudEvents extension `redrive`); a reader that has it answers again."""
    trace: dict[str, str] = field(default_factory=dict)
    """W3C trace context (`traceparent`, `tracestate`) of the act that caused it."""

    @property
    def type(self) -> str:
        """CloudEvents `type`."""
        return self.event.TYPE

    @property
    def request_id(self) -> str:
        """Kafka key and CloudEvents `subject`."""
        return self.event.request_id

    @property
    def topic(self) -> str:
        """Where it is published."""
        return BY_TYPE[self.type].topic

    def redriven(self) -> "Envelope[E_co]":
        """The same event, sent once more by a sweep."""
        return replace(self, redrive=self.redrive + 1)


def envelop(event: E, *, time: datetime, key: str = "", trace: dict[str, str] | None = None) -> Envelope[E]:
    """Wrap `event`. `key` tells apart events of one type in one request (a challenge id, a notice id)."""
    producer = BY_TYPE[event.TYPE].producer
    return Envelope(
        id=derived_id(producer, event.request_id, event.TYPE, key),
        source=f"/services/{producer}",
        time=time,
        event=event,
        trace=trace or {},
    )
