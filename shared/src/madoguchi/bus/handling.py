"""From a record to its handler: the table of handlers, spans, log context, measurements."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from madoguchi.bus.record import Record
from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.events import Event
from madoguchi.telemetry import logs, metrics, traces

D = TypeVar("D")


class Handle(Protocol):
    """Handles an event; returns once it may be forgotten."""

    async def __call__(self, envelope: Envelope[Event]) -> None:
        """Raises whatever goes wrong."""
        ...


def dispatch(handlers: Mapping[type[Event], Callable[[Envelope[Any], D], Awaitable[None]]], deps: D) -> Handle:
    """A service's `HANDLERS` table with its `deps`. Events of other rows of `FLOW` pass by unhandled."""

    async def handle(envelope: Envelope[Event]) -> None:
        handler = handlers.get(type(envelope.event))
        if handler is not None:
            await handler(envelope, deps)

    return handle


async def handled(handle: Handle, envelope: Envelope[Event], record: Record, service: str) -> None:
    """Handle it inside its span, which becomes the cause of what it emits; its ids are in every log line."""
    began, outcome = time.perf_counter(), "failed"
    span = traces.processing(
        record.topic,
        partition=record.partition,
        offset=record.offset,
        group=service,
        message_id=envelope.id,
        parent=envelope.trace,
    )
    try:
        with span, logs.bound(request_id=envelope.request_id, event_id=envelope.id, event_type=envelope.type):
            await handle(replace(envelope, trace=traces.current() or envelope.trace))
        outcome = "done"
    finally:
        metrics.PROCESS_SECONDS.labels(envelope.type, outcome).observe(time.perf_counter() - began)
