"""`FLOW` is the truth: handlers, topics and events hold to it."""

import importlib

import pytest

from madoguchi.contracts import events
from madoguchi.contracts.flow import (
    ALL_SERVICES,
    BY_TYPE,
    CONSOLE,
    FLOW,
    RETRY_DELAYS,
    TOPICS,
    all_topics,
    dead_letter_topic,
    retry_delay,
    retry_topic,
    subscriptions,
)
from madoguchi.contracts.notices import NOTICE_OF


def _events() -> set[type[events.Event]]:
    def below(cls: type[events.Event]) -> set[type[events.Event]]:
        return {cls, *(sub for child in cls.__subclasses__() for sub in below(child))}

    return {cls for cls in below(events.Event) if "TYPE" in vars(cls)}


def test_every_event_is_in_flow_once() -> None:
    assert len(BY_TYPE) == len(FLOW)
    assert {row.event for row in FLOW} == _events()


def test_every_event_has_a_reader_and_never_its_own_writer() -> None:
    for row in FLOW:
        assert row.consumers
        assert row.producer not in row.consumers
        assert set(row.consumers) <= set(ALL_SERVICES)
        assert row.producer in ALL_SERVICES


@pytest.mark.parametrize("service", ALL_SERVICES)
def test_handlers_are_exactly_the_rows_of_the_service(service: str) -> None:
    handlers = importlib.import_module(f"{service.replace('-', '_')}.handlers").HANDLERS
    assert set(handlers) == {row.event for row in FLOW if service in row.consumers}


@pytest.mark.parametrize("service", ALL_SERVICES)
def test_every_subscription_exists_and_has_a_dead_letter_twin(service: str) -> None:
    topics = set(all_topics())
    assert set(subscriptions(service)) <= topics
    assert dead_letter_topic(service) in topics
    assert retry_topic(service, "10s") in topics


def test_the_console_reads_everything_but_its_own() -> None:
    for row in FLOW:
        assert (CONSOLE in row.consumers) is (row.producer != CONSOLE)


def test_one_writer_per_topic() -> None:
    assert len(set(TOPICS.values())) == len(TOPICS)
    assert len(set(all_topics())) == len(all_topics())


def test_a_notice_is_made_only_by_an_event_that_notify_reads() -> None:
    for event in NOTICE_OF:
        assert "notify" in BY_TYPE[event.TYPE].consumers


def test_events_are_frozen_and_forgiving_to_readers() -> None:
    for event in _events():
        assert event.model_config["frozen"]
        assert event.model_config["extra"] == "ignore"


def test_only_retry_topics_have_a_delay() -> None:
    delays = {topic: retry_delay(topic) for topic in all_topics()}
    assert {topic for topic, delay in delays.items() if delay} == {
        retry_topic(service, suffix) for service in ALL_SERVICES for suffix in RETRY_DELAYS
    }
    assert all(delays[retry_topic(service, "10s")] == 10.0 for service in ALL_SERVICES)
