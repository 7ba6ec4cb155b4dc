"""The topics of `FLOW` as a broker should have them, and making them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import structlog
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import IncompatibleBrokerVersion, TopicAlreadyExistsError, for_code

from madoguchi.bus.connection import Connection
from madoguchi.contracts.flow import ALL_SERVICES, RETRY_DELAYS, TOPICS, dead_letter_topic, retry_topic

DAY: Final = 24 * 3600
_log = structlog.get_logger("madoguchi.bus")


class TopicsNotCreated(Exception):
    """The broker refused some topics; the message names them and its error codes."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a town may choose. Retention in seconds; all data in events is sealed, so erasure does not wait for it."""

    partitions: int = 6
    replicas: int = 1
    min_in_sync: int = 1
    retention: int = 7 * DAY
    dead_letter_retention: int = 30 * DAY


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic, as wanted."""

    name: str
    partitions: int
    replicas: int
    config: dict[str, str]


def wanted(sizes: Sizes) -> tuple[Topic, ...]:
    """Every topic. Retry topics keep a record as long as the others: it must outlive its wait and an outage."""
    main = [(name, sizes.partitions, sizes.retention) for name in TOPICS.values()]
    retry = [(retry_topic(s, delay), sizes.partitions, sizes.retention) for s in ALL_SERVICES for delay in RETRY_DELAYS]
    dead = [(dead_letter_topic(service), 1, sizes.dead_letter_retention) for service in ALL_SERVICES]
    return tuple(
        Topic(name, partitions, sizes.replicas, _config(retention, sizes.min_in_sync))
        for name, partitions, retention in (*main, *retry, *dead)
    )


async def create(connection: Connection, topics: Iterable[Topic]) -> tuple[str, ...]:
    """Make the topics that are missing; those that exist stay as they are. Returns the names of the new ones.

    Raises `TopicsNotCreated`, and `BROKER_ERRORS`.
    """
    admin = AIOKafkaAdminClient(**connection.options())
    try:
        await admin.start()
        present = set(await admin.list_topics())
        missing = [topic for topic in topics if topic.name not in present]
        if not missing:
            return ()
        response = await _asked(admin, missing)
    finally:
        await admin.close()
    errors = {name: for_code(code) for name, code, *_ in response.topic_errors if code}
    refused = {name: error for name, error in errors.items() if error is not TopicAlreadyExistsError}
    if refused:
        raise TopicsNotCreated(", ".join(f"{name}: {error.__name__}" for name, error in refused.items()))
    return tuple(topic.name for topic in missing if topic.name not in errors)


async def _asked(admin: AIOKafkaAdminClient, missing: Iterable[Topic]) -> Any:
    try:
        return await admin.create_topics([_new(topic) for topic in missing])
    except (AttributeError, IncompatibleBrokerVersion):  # the client finds no controller, or no such request
        raise TopicsNotCreated("this broker takes no orders; it makes topics when they are first used") from None


def _config(retention: int, min_in_sync: int) -> dict[str, str]:
    return {
        "cleanup.policy": "delete",
        "retention.ms": str(retention * 1000),
        "min.insync.replicas": str(min_in_sync),
    }


def _new(topic: Topic) -> NewTopic:
    return NewTopic(topic.name, topic.partitions, topic.replicas, topic_configs=topic.config)
