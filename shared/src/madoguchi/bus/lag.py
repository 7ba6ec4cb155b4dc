"""Consumer lag, as the consumer itself sees it: how far the end of each partition is from the first unfinished record.

The end is the high watermark of the last fetch, so that measuring asks the broker for nothing.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from aiokafka import TopicPartition

from madoguchi.bus.progress import Progress
from madoguchi.telemetry import metrics

EVERY_SECONDS: Final = 2.0


@dataclass(slots=True)
class Lag:
    """Reports the lag of `group` in the partitions it holds; what it no longer holds, another instance reports."""

    client: Any
    """`AIOKafkaConsumer`."""
    group: str
    progress: Mapping[TopicPartition, Progress]
    _told: set[TopicPartition] = field(default_factory=set)

    async def run(self) -> None:
        """Until cancelled; then nothing is reported any more."""
        try:
            while True:
                await self.measure()
                await asyncio.sleep(EVERY_SECONDS)
        finally:
            self._forget(self._told)

    async def measure(self) -> None:
        """Once, for all partitions."""
        held = set(self.client.assignment())
        self._forget(self._told - held)
        for tp in held:
            lag = await self._of(tp)
            if lag is not None:
                metrics.CONSUMER_LAG.labels(self.group, tp.topic, str(tp.partition)).set(lag)
                self._told.add(tp)

    async def _of(self, tp: TopicPartition) -> int | None:
        """None while nothing was fetched yet, or the partition was taken away meanwhile."""
        end: int | None = self.client.highwater(tp)
        if end is None:
            return None
        progress = self.progress.get(tp)
        first = None if progress is None else progress.first_open()
        try:
            taken: int = await asyncio.wait_for(self.client.position(tp), EVERY_SECONDS) if first is None else first
        except Exception:  # noqa: BLE001 - in the middle of a rebalance; the next round tells
            return None
        return max(0, end - taken)

    def _forget(self, gone: set[TopicPartition]) -> None:
        for tp in gone:
            metrics.CONSUMER_LAG.remove(self.group, tp.topic, str(tp.partition))
        self._told = self._told - gone
