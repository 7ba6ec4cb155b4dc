"""What Kubernetes is told of rights, instances and secrets: as little as each service needs, and all of that."""

from typing import Any

import pytest
import yaml

from madoguchi.bus.dead_letters import REPLAY_DELAY
from madoguchi.bus.topics import wanted
from madoguchi.contracts.flow import (
    ALL_SERVICES,
    DETOURS,
    RETRY_DELAYS,
    SERVICES,
    TOPICS,
    WATCHERS,
    dead_letter_topic,
    retry_topic,
    subscriptions,
)
from madoguchi_sandbox.init import TOWN_FILE
from madoguchi_sandbox.kubernetes import kafka, secrets

TOWN: dict[str, Any] = yaml.safe_load(TOWN_FILE.read_text("utf-8"))


def allowed(user: str, operation: str, kind: str = "topic") -> set[str]:
    """What `user` may do that to."""
    (found,) = (one for one in kafka.users() if one["metadata"]["name"] == user)
    acls = found["spec"]["authorization"]["acls"]
    assert all(one["resource"]["patternType"] == "literal" for one in acls)
    return {
        one["resource"]["name"] for one in acls if one["resource"]["type"] == kind and operation in one["operations"]
    }


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reads_its_subscriptions_and_no_other(service: str) -> None:
    assert allowed(service, "Read") == set(subscriptions(service))
    assert allowed(service, "Read", "group") == {service}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_writes_its_own_topic_its_retries_and_its_dead_letters(service: str) -> None:
    retries = {retry_topic(service, delay) for delay in RETRY_DELAYS}
    assert allowed(service, "Write") == {TOPICS[service], dead_letter_topic(service)} | retries


def test_the_console_sees_what_others_set_aside_and_sends_it_again_to_them_alone() -> None:
    assert allowed("console", "Read") == set(subscriptions("console")) | set(DETOURS)
    assert allowed("console", "Read", "group") == {"console", WATCHERS}
    own = {TOPICS["console"], *(retry_topic("console", delay) for delay in RETRY_DELAYS)}
    others = {topic for name in ALL_SERVICES for topic in (dead_letter_topic(name), retry_topic(name, REPLAY_DELAY))}
    assert allowed("console", "Write") == own | others


def test_who_replays_dead_letters_reads_nothing_else_and_publishes_no_event() -> None:
    assert allowed(kafka.OPERATOR, "Read") == {dead_letter_topic(name) for name in ALL_SERVICES}
    assert not allowed(kafka.OPERATOR, "Write") & set(TOPICS.values())


def test_who_scales_sees_how_far_groups_are_and_no_message() -> None:
    assert not allowed(kafka.SCALER, "Read") | allowed(kafka.SCALER, "Write")
    assert set(SERVICES) <= allowed(kafka.SCALER, "Describe", "group")


def test_topics_are_those_that_the_command_makes() -> None:
    made = {one["metadata"]["name"]: one["spec"] for one in kafka.topics()}
    assert set(made) == {topic.name for topic in wanted(kafka.SIZES)}
    assert all(spec["config"]["min.insync.replicas"] == "2" and spec["replicas"] == 3 for spec in made.values())


def test_a_service_is_scaled_by_every_topic_that_it_reads() -> None:
    for one in kafka.scaled():
        service = one["metadata"]["name"]
        topics = {trigger["metadata"]["topic"] for trigger in one["spec"]["triggers"]}
        assert topics == set(subscriptions(service)) & set(TOPICS.values())
        assert one["spec"]["maxReplicaCount"] <= kafka.SIZES.partitions


def test_a_service_is_given_the_secrets_that_it_uses() -> None:
    assert "seal-key.pem" in secrets.files(TOWN, "issuance")
    assert {"payment-api-key.txt", "api-keys.json"} <= set(secrets.files(TOWN, "request-intake"))
    for service in ("request-intake", "identity", "notify", "console"):
        assert "seal-key.pem" not in secrets.files(TOWN, service)
    for service in ("identity", "issuance", "notify", "console"):
        assert not {"payment-api-key.txt", "line-channel-secret.txt"} & set(secrets.files(TOWN, service))
    assert all({"data-key.bin", "index-key.bin"} <= set(secrets.files(TOWN, service)) for service in secrets.USED)


def test_references_may_be_lists_and_variables_are_no_files() -> None:
    town = {
        "code": "990019",
        "secrets": {"data_key": ["file:new.bin", "file:old.bin"], "index_key": "env:INDEX_KEY"},
    }
    assert secrets.files(town, "console") == ("new.bin", "old.bin")


def test_bytes_are_kept_as_base64_and_texts_as_they_are() -> None:
    (one,) = (one for one in secrets.external(TOWN) if one["metadata"]["name"] == "request-intake-990019")
    remote = {entry["secretKey"]: entry["remoteRef"] for entry in one["spec"]["data"]}
    assert remote["data-key.bin"]["decodingStrategy"] == "Base64"
    assert "decodingStrategy" not in remote["line-access-token.txt"]
