"""Reading a whole topic, as it is now, outside of any consumer group."""

from collections.abc import Mapping
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from madoguchi.bus.closing import let_go
from madoguchi.bus.connection import Connection
from madoguchi.bus.record import Record, received

READ_MILLIS: Final = 500
MOST_SILENT_READS: Final = 20
"""A broker that answers nothing for this many reads has nothing more for us."""


async def read(connection: Connection, topic: str, starts: Mapping[int, int] | None = None) -> list[Record]:
    """Everything in a topic now, by partition and offset. Raises `BROKER_ERRORS`.

    `starts`: partition → offset to read from, for those that need not be read from their beginning.
    """
    partitions = await _partitions(connection, topic)
    if not partitions:
        return []
    client = AIOKafkaConsumer(**connection.options(), enable_auto_commit=False, auto_offset_reset="earliest")
    await client.start()
    try:
        client.assign(partitions)
        ends: dict[TopicPartition, int] = await client.end_offsets(partitions)
        await client.seek_to_beginning(*partitions)
        for partition, offset in (starts or {}).items():
            place = TopicPartition(topic, partition)
            if await client.position(place) < offset <= ends.get(place, -1):
                client.seek(place, offset)
        return await _until(client, ends)
    finally:
        await let_go(client.stop(), client._client)


async def _partitions(connection: Connection, topic: str) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(**connection.options())
    try:
        await admin.start()
        described = await admin.describe_topics([topic])
    finally:
        await admin.close()
    return [TopicPartition(topic, part["partition"]) for entry in described for part in entry["partitions"]]


async def _until(client: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> list[Record]:
    records: list[Record] = []
    silent = 0
    while silent < MOST_SILENT_READS and not await _reached(client, ends):
        batch = await client.getmany(timeout_ms=READ_MILLIS)
        silent = 0 if batch else silent + 1
        for raw_records in batch.values():
            records += map(received, raw_records)
    return sorted(records, key=lambda record: (record.partition, record.offset))


async def _reached(client: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> bool:
    return all([await client.position(tp) >= end for tp, end in ends.items()])
