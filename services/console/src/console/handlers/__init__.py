"""The console's handlers: every event of the other services, into the case it is about."""

from collections.abc import Awaitable, Callable
from typing import Any

from console.domain.case import learn
from console.handlers.deps import Deps
from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.events import Event
from madoguchi.contracts.flow import CONSOLE, FLOW
from madoguchi.store.aggregates import Change


async def on_any(envelope: Envelope[Event], deps: Deps) -> None:
    """Put it into the case's timeline. When a sweep sent it again, what the console decided is sent again too."""
    await deps.cases.apply(envelope.request_id, lambda case: Change(learn(envelope, case)), consumed=envelope)


HANDLERS: dict[type[Event], Callable[[Envelope[Any], Deps], Awaitable[None]]] = {
    row.event: on_any for row in FLOW if CONSOLE in row.consumers
}
