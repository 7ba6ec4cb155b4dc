"""Records that no service can make anything of, for every topic: each must be set aside, and hold up nothing. Pure."""

from collections.abc import Iterator

from madoguchi.bus.record import NOT_BEFORE, Headers, Record
from madoguchi.contracts.envelope import derived_id
from madoguchi.contracts.flow import ALL_SERVICES, FLOW, RETRY_DELAYS, TOPICS, retry_topic

LARGE = 600_000
"""Bytes; the broker takes no more than a million."""
IN_THE_YEAR_2286 = b"9999999999999"


def poison(mark: str) -> Iterator[Record]:
    """For every topic that a service reads; `mark` makes those of one time differ from those of another."""
    topics = (*TOPICS.values(), *(retry_topic(service, delay) for service in ALL_SERVICES for delay in RETRY_DELAYS))
    for topic in topics:
        key, good = f"req_{mark}".encode(), _headers(topic, mark)
        yield Record(topic, key, b"\xff\xfe not json", good)
        yield Record(topic, key, None, ())
        yield Record(topic, None, b"{}", (("ce_specversion", b"1.0"), ("ce_type", b"jp.example.unknown.v9")))
        yield Record(topic, key, b'{"request_id": 7}', good)
        yield Record(topic, key, b"[" * 10_000, good)
        yield Record(topic, key, b'"' + b"x" * LARGE + b'"', good)
        yield Record(topic, key, b"{}", ((NOT_BEFORE, b"soon"), ("ce_id", b"\xff"), *good))
        yield Record(topic, key, b"{}", ((NOT_BEFORE, IN_THE_YEAR_2286), *good))


def _headers(topic: str, mark: str) -> Headers:
    """Those of a good event that may travel there, with an id of their own."""
    row = next((row for row in FLOW if row.topic == topic), FLOW[0])
    said = {
        "ce_specversion": "1.0",
        "ce_id": derived_id("poison", mark, topic),
        "ce_source": f"/services/{row.producer}",
        "ce_type": row.event.TYPE,
        "ce_time": "2026-11-24T01:02:03Z",
        "ce_subject": f"req_{mark}",
        "content-type": "application/json",
    }
    return tuple((name, value.encode()) for name, value in said.items())
