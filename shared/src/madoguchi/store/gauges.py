"""What operators see of a store: what waits in outboxes, and what is due. Read now and then by a sweep, never at the
time of a scrape."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from prometheus_client import Gauge

from madoguchi.store.aggregates import DUE_AT, Aggregates, instant
from madoguchi.store.outbox import OUTBOX_AT
from madoguchi.telemetry import metrics

MOST_COUNTED: Final = 10_000
"""A gauge that shows this many means: this many or more. Counting stops there, so that it costs the same in a flood."""

_WATCHED: Final = (
    (OUTBOX_AT, metrics.OUTBOX_DEPTH, metrics.OUTBOX_OLDEST),
    (DUE_AT, metrics.QUEUE_WAITING, metrics.QUEUE_OLDEST),
)


@dataclass(frozen=True, slots=True)
class StoreGauges:
    """Depth and age of the outboxes of `kinds`, and of what their sweep should have attended to.

    Every instance reports the whole store: of several take the maximum."""

    kinds: Sequence[Aggregates[Any]]
    clock: Callable[[], datetime]

    async def refresh(self) -> None:
        """Both indexes hold only what waits, and are read from their old end."""
        for each in self.kinds:
            for field, depth, oldest in _WATCHED:
                await self._one(each, field, depth, oldest)

    async def _one(self, each: Aggregates[Any], field: str, depth: Gauge, oldest: Gauge) -> None:
        now, name = self.clock(), each.collection.name
        waiting = (field, instant(now))
        depth.labels(name).set(await each.documents.count(each.collection, at_most=waiting, limit=MOST_COUNTED))
        found = await each.documents.find(each.collection, at_most=waiting, order_by=field, limit=1)
        since = datetime.fromisoformat(found[0][field]) if found else now
        oldest.labels(name).set(max(0.0, (now - since).total_seconds()))
