"""What the manifests name is there; who may reach whom; instances, partitions, rights."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from containers import kafka_environment
from madoguchi.contracts.flow import TOPICS
from manifests.rendered import OVERLAYS, Manifest, containers, matches, of_kind, pods, rendered, services, variables

pytestmark = pytest.mark.deploy

IN_A_CLUSTER = ("staging", "production")
MADE_BY_OPERATORS = {"kafka-cluster-ca-cert", "mongodb-tls", "mongodb-ca"}
MADE_BY_THE_DEMO = {"sandbox-town", "registers"}
DOORS = {
    "local": {53, 443, 4318, 8405, 8425, 9092, 27017},
    "staging": {53, 443, 4318, 9093, 27017},
    "production": {53, 443, 4318, 9093, 27017},
}
"""Ports that a service may call, wherever they are; notify also calls the mail relay's."""


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_a_pod_mounts_or_reads_is_there(overlay: str) -> None:
    there = {kind: set(of_kind(overlay, kind)) for kind in ("ConfigMap", "Secret", "PersistentVolumeClaim")}
    there["Secret"] |= _secrets_made(overlay)
    for name, template in pods(overlay):
        missing = [one for one in _references(template["spec"]) if one[1] not in there[one[0]]]
        assert missing == [], name


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_nothing_is_reached_but_what_is_named(overlay: str) -> None:
    policies = of_kind(overlay, "NetworkPolicy")
    assert policies["default-deny"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for name, deployment in services(overlay).items():
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        ports = {port for rule in _rules(policies, labels, "egress") for port in _ports(rule)}
        assert ports == DOORS[overlay] | ({587} if name == "notify" else set()), name


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_service_calls_another(overlay: str) -> None:
    policies = of_kind(overlay, "NetworkPolicy")
    labels = {name: one["spec"]["template"]["metadata"]["labels"] for name, one in services(overlay).items()}
    for name, own in labels.items():
        peers = [peer for rule in _rules(policies, own, "ingress") for peer in rule["from"]]
        assert peers
        within = [peer["podSelector"] for peer in peers if "podSelector" in peer and "namespaceSelector" not in peer]
        assert not any(matches(selector, other) for selector in within for other in labels.values()), name


@pytest.mark.parametrize("overlay", IN_A_CLUSTER)
def test_the_public_is_shown_neither_metrics_nor_health_nor_the_console(overlay: str) -> None:
    ingresses = of_kind(overlay, "Ingress")
    assert all(one["spec"]["tls"][0]["hosts"] == [one["spec"]["rules"][0]["host"]] for one in ingresses.values())
    public = {name: one for name, one in ingresses.items() if one["spec"]["ingressClassName"] == "public"}
    assert set(public) == {"request-intake", "issuance"}
    shown = [path["path"] for one in public.values() for path in one["spec"]["rules"][0]["http"]["paths"]]
    assert shown
    assert not [path for path in shown if path == "/" or path.startswith(("/metrics", "/health"))]
    environment = variables(overlay, containers(services(overlay)["notify"]["spec"]["template"])[0])
    hosts = {one["spec"]["rules"][0]["host"] for one in public.values()}
    told = {environment["INTAKE_PUBLIC_URL"], environment["ISSUANCE_PUBLIC_URL"]}
    assert told == {f"https://{host}" for host in hosts}


@pytest.mark.parametrize("overlay", IN_A_CLUSTER)
def test_there_are_never_more_instances_than_partitions(overlay: str) -> None:
    partitions = {name: one["spec"]["partitions"] for name, one in of_kind(overlay, "KafkaTopic").items()}
    scaled = of_kind(overlay, "ScaledObject")
    assert set(scaled) == set(services(overlay)) - {"console"}
    for one in scaled.values():
        read = {trigger["metadata"]["topic"] for trigger in one["spec"]["triggers"] if trigger["type"] == "kafka"}
        assert one["spec"]["maxReplicaCount"] <= min(partitions[topic] for topic in read)
        assert one["spec"]["minReplicaCount"] >= 2
        assert "replicas" not in services(overlay)[one["spec"]["scaleTargetRef"]["name"]]["spec"]


@pytest.mark.parametrize("overlay", IN_A_CLUSTER)
def test_each_user_writes_its_own_topic_only(overlay: str) -> None:
    users = of_kind(overlay, "KafkaUser")
    for service, topic in TOPICS.items():
        writers = {name for name, user in users.items() if "Write" in _operations(user, "topic", topic)}
        assert writers == {service}
        assert _operations(users[service], "group", service) == {"Describe", "Read"}
        others = {name for name in TOPICS if name != service and _operations(users[service], "group", name)}
        assert others == set()


def test_staging_gives_each_service_its_own_database() -> None:
    (server,) = of_kind("staging", "MongoDBCommunity").values()
    roles = {user["name"]: user["roles"] for user in server["spec"]["users"]}
    for service in services("staging"):
        assert roles[service] == [{"name": "readWrite", "db": service}]
        assert roles[f"{service}-vault"] == [{"name": "service-vault", "db": "vault"}]
    (vault,) = server["spec"]["security"]["roles"]
    assert all("remove" not in privilege["actions"] for privilege in vault["privileges"])


def test_the_local_broker_is_set_up_as_the_tests_own() -> None:
    (container,) = containers(of_kind("local", "StatefulSet")["kafka"]["spec"]["template"])
    found = variables("local", container)
    assert found.pop("CLUSTER_ID")
    assert found == kafka_environment("kafka", 9092)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_is_scraped_is_the_services(overlay: str) -> None:
    (monitor,) = of_kind(overlay, "PodMonitor").values()
    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
    for name, template in pods(overlay):
        taken = matches(monitor["spec"]["selector"], template["metadata"]["labels"])
        assert taken == name.startswith("Deployment/")
        if taken:
            assert endpoint["port"] in {port["name"] for port in containers(template)[0]["ports"]}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_no_object_is_there_twice(overlay: str) -> None:
    names = [(one["apiVersion"], one["kind"], one["metadata"]["name"]) for one in rendered(overlay)]
    assert len(names) == len(set(names))


def _secrets_made(overlay: str) -> set[str]:
    """Names of the Secrets that operators make of other objects, and the demo of its town."""
    made = {one["spec"]["target"]["name"] for one in of_kind(overlay, "ExternalSecret").values()}
    made |= set(of_kind(overlay, "KafkaUser"))
    for server in of_kind(overlay, "MongoDBCommunity").values():
        made |= {user["connectionStringSecretName"] for user in server["spec"]["users"]}
    towns = {f"{name}-990019" for name in services(overlay)}
    return made | (towns | MADE_BY_THE_DEMO if overlay == "local" else MADE_BY_OPERATORS)


def _references(value: Any) -> Iterator[tuple[str, str]]:
    """(kind, name) of everything that a pod refers to."""
    kinds = {
        "secretKeyRef": ("Secret", "name"),
        "secret": ("Secret", "secretName"),
        "configMapRef": ("ConfigMap", "name"),
        "configMap": ("ConfigMap", "name"),
        "persistentVolumeClaim": ("PersistentVolumeClaim", "claimName"),
    }
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in kinds and isinstance(inner, dict):
                yield kinds[key][0], inner[kinds[key][1]]
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _rules(policies: dict[str, Manifest], labels: dict[str, str], way: str) -> Iterable[Manifest]:
    for policy in policies.values():
        if matches(policy["spec"]["podSelector"], labels):
            yield from policy["spec"].get(way, [])


def _ports(rule: Manifest) -> set[int]:
    assert rule.get("ports"), "a rule without ports opens all of them"
    return {entry["port"] for entry in rule["ports"]}


def _operations(user: Manifest, kind: str, name: str) -> set[str]:
    acls = user["spec"]["authorization"]["acls"]
    here = [one["operations"] for one in acls if (one["resource"]["type"], one["resource"]["name"]) == (kind, name)]
    return {operation for operations in here for operation in operations}
