"""Consumer lag: from the first unfinished record to the end, for the partitions that are held."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiokafka import TopicPartition
from prometheus_client import REGISTRY

from madoguchi.bus.lag import Lag
from madoguchi.bus.progress import Progress

ONE, TWO = TopicPartition("t", 1), TopicPartition("t", 2)


@dataclass
class Client:
    """What is asked of aiokafka's consumer."""

    held: set[TopicPartition] = field(default_factory=lambda: {ONE, TWO})
    ends: dict[TopicPartition, int | None] = field(default_factory=lambda: {ONE: 10, TWO: None})
    at: int = 7
    error: Exception | None = None

    def assignment(self) -> set[TopicPartition]:
        return self.held

    def highwater(self, tp: TopicPartition) -> int | None:
        return self.ends[tp]

    async def position(self, _tp: TopicPartition) -> int:
        if self.error is not None:
            raise self.error
        return self.at


def told(partition: int) -> float | None:
    labels = {"group": "g", "topic": "t", "partition": str(partition)}
    return REGISTRY.get_sample_value("kafka_consumer_group_lag", labels)


@pytest.fixture
def lag() -> Iterator[Any]:
    made = Lag(Client(), "g", {ONE: Progress(), TWO: Progress()})
    yield made
    made._forget(made._told)


async def test_what_was_not_taken_is_lag_and_nothing_is_told_before_a_fetch(lag: Lag) -> None:
    await lag.measure()
    assert (told(1), told(2)) == (3, None)


async def test_what_is_taken_and_not_finished_is_lag_too(lag: Lag) -> None:
    progress = lag.progress[ONE]
    progress.take(4)
    progress.take(5)
    await lag.measure()
    assert told(1) == 6
    progress.finish(4)
    await lag.measure()
    assert told(1) == 5
    progress.finish(5)
    await lag.measure()
    assert told(1) == 3


async def test_what_another_instance_took_over_is_told_by_that_one(lag: Lag) -> None:
    await lag.measure()
    lag.client.held = {TWO}
    await lag.measure()
    assert told(1) is None


async def test_a_partition_in_the_middle_of_a_rebalance_keeps_its_last_value(lag: Lag) -> None:
    await lag.measure()
    lag.client.at, lag.client.error = 9, ValueError("not assigned")
    await lag.measure()
    assert told(1) == 3
