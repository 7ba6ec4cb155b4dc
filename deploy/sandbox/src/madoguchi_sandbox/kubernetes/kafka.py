"""Strimzi's `KafkaTopic` and `KafkaUser`, KEDA's `ScaledObject`: from `FLOW`. Pure.

The shapes are those of `kafka.strimzi.io/v1` and `keda.sh/v1alpha1`; `make check-deploy` holds them to the schemas.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from madoguchi.bus.dead_letters import REPLAY_DELAY
from madoguchi.bus.topics import Sizes, Topic, wanted
from madoguchi.contracts.flow import (
    ALL_SERVICES,
    CONSOLE,
    DETOURS,
    RETRY_DELAYS,
    SERVICES,
    TOPICS,
    WATCHERS,
    dead_letter_topic,
    retry_topic,
    subscriptions,
)

Manifest = dict[str, Any]
Rights = Mapping[str, tuple[str, ...]]
"""Topic → operations."""

CLUSTER: Final = "kafka"
ADDRESS: Final = f"{CLUSTER}-kafka-bootstrap.madoguchi.svc:9093"
SIZES: Final = Sizes(partitions=12, replicas=3, min_in_sync=2)
"""Of a cluster with three brokers: a message counts when two have it."""
OPERATOR: Final = "operator"
"""Who lists and replays dead letters with `madoguchi dead-letters`."""
SCALER: Final = "scaler"
"""KEDA, which may see how far groups are and nothing that is in a message."""
LAG: Final = 50
"""Waiting records for which one more instance is started."""
FEWEST: Final = 2
MOST: Final = {"issuance": 12}
MOST_OF_OTHERS: Final = 6


def topics() -> list[Manifest]:
    """Every topic, as `madoguchi topics create` would make it."""
    return [_topic(topic) for topic in wanted(SIZES)]


def users() -> list[Manifest]:
    """One user for each service, the operator, KEDA; each may do what its code does and nothing else."""
    there = frozenset(topic.name for topic in wanted(SIZES))
    services = [_user(name, _rights(name, there), *_groups(name)) for name in ALL_SERVICES]
    letters = {dead_letter_topic(name): ("Describe", "Read", "Write") for name in ALL_SERVICES}
    again = {retry_topic(name, delay): ("Describe", "Write") for name in ALL_SERVICES for delay in RETRY_DELAYS}
    seen = dict.fromkeys(sorted(there), ("Describe",))
    return [*services, _user(OPERATOR, {**letters, **again}), _scaler(seen)]


def scaled() -> list[Manifest]:
    """A `ScaledObject` for each service: instances by the lag of its group, never more than partitions."""
    return [_scaled(name) for name in SERVICES]


def _rights(service: str, there: frozenset[str]) -> Rights:
    """Topic → operations: reads its subscriptions; writes its own topic, its retry topics, its dead letters.

    The console's operators see what every service tries later or set aside, and replay or discard it.
    """
    reads = set(subscriptions(service)) & there
    own = {TOPICS[service], dead_letter_topic(service), *(retry_topic(service, delay) for delay in RETRY_DELAYS)}
    if service == CONSOLE:
        reads |= set(DETOURS) & there
        own |= {dead_letter_topic(name) for name in ALL_SERVICES}
        own |= {retry_topic(name, REPLAY_DELAY) for name in ALL_SERVICES}
    rights: dict[str, tuple[str, ...]] = {}
    for topic in sorted(reads | (own & there)):
        kinds = [("Read", topic in reads), ("Write", topic in own)]
        rights[topic] = ("Describe", *(kind for kind, given in kinds if given))
    return rights


def _groups(service: str) -> tuple[str, ...]:
    return (service, WATCHERS) if service == CONSOLE else (service,)


def _topic(topic: Topic) -> Manifest:
    spec = {"partitions": topic.partitions, "replicas": topic.replicas, "config": dict(topic.config)}
    return {
        "apiVersion": "kafka.strimzi.io/v1",
        "kind": "KafkaTopic",
        "metadata": {"name": topic.name, "labels": {"strimzi.io/cluster": CLUSTER}},
        "spec": spec,
    }


def _user(name: str, rights: Rights, *groups: str) -> Manifest:
    acls = [_acl("topic", topic, operations) for topic, operations in sorted(rights.items())]
    acls += [_acl("group", group, ("Describe", "Read")) for group in groups]
    return {
        "apiVersion": "kafka.strimzi.io/v1",
        "kind": "KafkaUser",
        "metadata": {"name": name, "labels": {"strimzi.io/cluster": CLUSTER}},
        "spec": {
            "authentication": {"type": "scram-sha-512"},
            "authorization": {"type": "simple", "acls": acls},
        },
    }


def _scaler(seen: Rights) -> Manifest:
    user = _user(SCALER, seen)
    user["spec"]["authorization"]["acls"] += [_acl("group", name, ("Describe",)) for name in ALL_SERVICES]
    return user


def _acl(kind: str, name: str, operations: Iterable[str]) -> Manifest:
    resource = {"type": kind, "name": name, "patternType": "literal"}
    return {"resource": resource, "operations": list(operations), "host": "*"}


def _scaled(service: str) -> Manifest:
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": {"name": service},
        "spec": {
            "scaleTargetRef": {"name": service},
            "minReplicaCount": FEWEST,
            "maxReplicaCount": MOST.get(service, MOST_OF_OTHERS),
            "pollingInterval": 15,
            "cooldownPeriod": 300,
            "fallback": {"failureThreshold": 4, "replicas": FEWEST},
            "triggers": [_lag(service, topic) for topic in subscriptions(service) if topic in TOPICS.values()],
        },
    }


def _lag(service: str, topic: str) -> Manifest:
    return {
        "type": "kafka",
        "metadata": {
            "bootstrapServers": ADDRESS,
            "consumerGroup": service,
            "topic": topic,
            "lagThreshold": str(LAG),
            "offsetResetPolicy": "earliest",
            "sasl": "scram_sha512",
            "tls": "enable",
        },
        "authenticationRef": {"name": SCALER},
    }
