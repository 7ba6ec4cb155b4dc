"""Gauges of a store: bounded, of what waits only; and the stopwatch around the store."""

from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY
from pydantic import BaseModel

from madoguchi.service.gauges import gauges
from madoguchi.store.aggregates import Aggregates, Change, collection, instant
from madoguchi.store.gauges import StoreGauges
from madoguchi.store.measured import MeasuredDocuments
from madoguchi.store.port import Collection, StaleVersion, Unavailable
from madoguchi.telemetry.metrics import GAUGES_REFRESHED
from madoguchi.testing.clock import HandClock
from madoguchi.testing.documents import MemoryDocuments

THINGS = collection("gauged")


class Thing(BaseModel):
    pass


def value(name: str, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, labels)


@pytest.fixture
def clock() -> HandClock:
    return HandClock(datetime(2026, 11, 25, tzinfo=UTC))


async def test_what_waits_and_how_long(clock: HandClock) -> None:
    documents = MemoryDocuments()
    things = Aggregates(documents, THINGS, Thing, clock)
    watch = StoreGauges([things], clock)
    await watch.refresh()
    assert value("madoguchi_outbox_depth", collection="gauged") == 0
    assert value("madoguchi_outbox_oldest_seconds", collection="gauged") == 0
    waiting = {"state": {}, "sent": [], "outbox": [{}], "inbox": [], "outbox_at": instant(clock())}
    await documents.insert(THINGS, {"_id": "left", "version": 1, **waiting})
    await things.apply("due", lambda _: Change(Thing(), due_at=clock() - timedelta(seconds=40)))
    await things.apply("later", lambda _: Change(Thing(), due_at=clock() + timedelta(days=1)))
    later = clock() + timedelta(seconds=20)
    await StoreGauges([things], lambda: later).refresh()
    assert value("madoguchi_outbox_depth", collection="gauged") == 1
    assert value("madoguchi_outbox_oldest_seconds", collection="gauged") == 20
    assert value("madoguchi_queue_waiting", collection="gauged") == 1
    assert value("madoguchi_queue_oldest_seconds", collection="gauged") == 60


async def test_every_call_to_the_store_is_measured(clock: HandClock) -> None:
    documents = MeasuredDocuments(MemoryDocuments(), "memory")
    plain = Collection("measured")
    await documents.insert(plain, {"_id": "a", "version": 1})
    with pytest.raises(StaleVersion):
        await documents.replace(plain, {"_id": "a", "version": 9})
    for operation, error in (("insert", ""), ("replace", "StaleVersion")):
        labels = {
            "db_system_name": "memory",
            "db_operation_name": operation,
            "db_collection_name": "measured",
            "error_type": error,
        }
        assert value("db_client_operation_duration_seconds_count", **labels) == 1


async def test_a_refresh_that_fails_leaves_the_time_of_the_last_one(clock: HandClock) -> None:
    async def fine() -> None:
        return None

    async def away() -> None:
        raise Unavailable("played")

    GAUGES_REFRESHED.set(0)
    with pytest.raises(Unavailable):
        await gauges(1, (fine, away), clock)._act()
    assert value("madoguchi_gauges_refreshed_timestamp_seconds") == 0
    await gauges(1, (fine,), clock)._act()
    assert value("madoguchi_gauges_refreshed_timestamp_seconds") == clock().timestamp()
