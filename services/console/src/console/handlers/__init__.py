"""The console's handlers: every event of the other services goes into the case it is about.

Reports of notices go into the delivery log, too, and what matters for the day's figures into those. The outcome of a
test message goes there alone: it is about no request.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from console.domain.case import learn
from console.domain.tally import COUNTED
from console.handlers import delivering, telling
from console.handlers.deps import Deps
from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.events import ChannelTested, Event, NoticeFailed, NoticeSent
from madoguchi.contracts.flow import CONSOLE, FLOW
from madoguchi.store.aggregates import Change


async def on_any(envelope: Envelope[Event], deps: Deps) -> None:
    """Put it into the case's timeline. When a sweep sent it again, what the console decided is sent again too."""
    await deps.cases.apply(envelope.request_id, lambda case: Change(learn(envelope, case)), consumed=envelope)
    if isinstance(envelope.event, COUNTED):
        await telling.count(envelope, deps)


async def on_report(envelope: Envelope[Event], deps: Deps) -> None:
    """Notify said what became of a notice."""
    await on_any(envelope, deps)
    await delivering.on_report(envelope, deps)


HANDLERS: dict[type[Event], Callable[[Envelope[Any], Deps], Awaitable[None]]] = {
    **{row.event: on_any for row in FLOW if CONSOLE in row.consumers},
    NoticeSent: on_report,
    NoticeFailed: on_report,
    ChannelTested: delivering.on_tested,
}
