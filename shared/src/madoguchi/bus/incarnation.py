"""Which cluster a committed offset belongs to.

A broker that lost everything, its consumer groups too, takes a late commit of the former life for a fact about the new
one; a consumer would then skip what it never saw. So every commit carries the cluster's id, and an offset committed
under another id counts for nothing. On a cluster that keeps its data this never happens.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from madoguchi.bus.connection import Connection


@dataclass(frozen=True, slots=True)
class Incarnation:
    """The cluster as it is now, and the partitions whose committed offset is of an earlier one."""

    cluster: str
    outdated: frozenset[TopicPartition]


async def present(connection: Connection, group: str, partitions: Iterable[TopicPartition]) -> Incarnation:
    """Ask the broker. Raises `BROKER_ERRORS`."""
    admin = AIOKafkaAdminClient(**connection.options(), client_id=group)
    try:
        await admin.start()
        cluster = str((await admin.describe_cluster())["cluster_id"])
        offsets = await admin.list_consumer_group_offsets(group, partitions=list(partitions))
    finally:
        await admin.close()
    outdated = {tp for tp, committed in offsets.items() if committed.metadata and committed.metadata != cluster}
    return Incarnation(cluster, frozenset(outdated))
