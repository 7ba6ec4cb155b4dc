"""The codec: what goes in comes out, an independent implementation reads it, and nothing else is an event."""

from dataclasses import replace

import pytest
from cloudevents.core.bindings import kafka
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.bus import record as r
from madoguchi.bus.codec import DecodeError, decode, encode, trace_of
from madoguchi.bus.producer import traced
from madoguchi.bus.record import Headers, Record
from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.events import Event
from madoguchi.testing.events import proof_requested, request_id
from unit.shared.any_event import ENVELOPES

SAMPLE = encode(proof_requested(request_id()))
REQUIRED = ("ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_subject", "content-type")


def ascii_trace(envelope: Envelope[Event]) -> Envelope[Event]:
    return replace(envelope, trace={k: v for k, v in envelope.trace.items() if v.isascii()})


def changed(name: str, value: bytes | None) -> Record:
    """The sample with one header replaced."""
    return replace(SAMPLE, headers=tuple((n, value if n == name else v) for n, v in SAMPLE.headers))


def reason(record: Record) -> str:
    with pytest.raises(DecodeError) as caught:
        decode(record)
    return caught.value.reason


@given(ENVELOPES, st.integers(0, 1000))
def test_an_event_comes_back_as_it_went(envelope: Envelope[Event], redrive: int) -> None:
    sent = ascii_trace(replace(envelope, redrive=redrive))
    assert decode(encode(sent)) == sent


@given(ENVELOPES)
def test_the_cloudevents_sdk_reads_what_we_write(envelope: Envelope[Event]) -> None:
    record = encode(ascii_trace(envelope))
    headers = {name: value for name, value in record.headers if value is not None}
    read = kafka.from_binary_event(kafka.KafkaMessage(headers=headers, key=record.key, value=record.value or b""))
    assert read.get_id() == envelope.id
    assert read.get_type() == envelope.type
    assert read.get_source() == envelope.source
    assert read.get_subject() == envelope.request_id
    assert read.get_time() == envelope.time
    assert read.get_specversion() == "1.0"
    assert read.get_datacontenttype() == "application/json"
    assert read.get_data() == envelope.event.model_dump(mode="json")


@given(ENVELOPES)
def test_we_read_what_the_cloudevents_sdk_writes(envelope: Envelope[Event]) -> None:
    attributes = {
        "specversion": "1.0",
        "id": envelope.id,
        "type": envelope.type,
        "source": envelope.source,
        "subject": envelope.request_id,
        "time": envelope.time,
        "datacontenttype": "application/json",
    }
    event = CloudEvent(attributes, envelope.event.model_dump(mode="json"))
    message = kafka.to_binary(event, JSONFormat(), lambda _event: envelope.request_id)
    key = message.key.encode() if isinstance(message.key, str) else message.key
    record = Record(envelope.topic, key, message.value, tuple(message.headers.items()))
    assert decode(record) == replace(envelope, trace={})


def test_japanese_travels_as_it_is() -> None:
    assert "日".encode() in (encode(proof_requested(request_id(), challenge="日")).value or b"")


@given(st.lists(st.tuples(st.text(), st.binary() | st.none())))
def test_headers_of_others_do_no_harm(foreign: list[tuple[str, bytes | None]]) -> None:
    ours = {*REQUIRED, "ce_redrive"}
    others: Headers = tuple((name, value) for name, value in foreign if name not in ours)
    assert decode(replace(SAMPLE, headers=(*others, *SAMPLE.headers))).id == decode(SAMPLE).id


@given(
    st.lists(st.tuples(st.sampled_from([*REQUIRED, "ce_redrive", "x"]), st.binary() | st.none())),
    st.binary() | st.none(),
    st.binary() | st.none(),
)
def test_garbage_is_refused_and_never_anything_else(
    headers: list[tuple[str, bytes | None]], key: bytes | None, value: bytes | None
) -> None:
    assert reason(Record(SAMPLE.topic, key, value, tuple(headers)))


@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_attribute_is_refused_not_invented(name: str) -> None:
    record = replace(SAMPLE, headers=tuple(header for header in SAMPLE.headers if header[0] != name))
    assert reason(record) == f"missing_{name}"


@pytest.mark.parametrize("name", REQUIRED)
def test_an_attribute_given_twice_is_refused(name: str) -> None:
    twice = next(header for header in SAMPLE.headers if header[0] == name)
    assert reason(replace(SAMPLE, headers=(*SAMPLE.headers, twice))) == f"duplicate_{name}"


@pytest.mark.parametrize("name", REQUIRED)
def test_an_attribute_that_is_not_text_is_refused(name: str) -> None:
    assert reason(changed(name, b"\xff\xfe")) == f"not_utf8_{name}"


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("ce_specversion", b"0.3", "unknown_specversion"),
        ("ce_type", b"jp.madoguchi.proof.requested.v2", "unknown_type"),
        ("ce_source", b"/services/notify", "wrong_source"),
        ("ce_subject", request_id(2).encode(), "wrong_subject"),
        ("ce_time", b"yesterday", "invalid_ce_time"),
        ("ce_time", b"2026-11-24T01:02:03", "invalid_ce_time"),
        ("ce_time", b"2026-13-24T01:02:03Z", "invalid_ce_time"),
        ("content-type", b"application/cloudevents+json", "structured_mode"),
        ("content-type", b"application/cloudevents-batch+json; charset=UTF-8", "structured_mode"),
        ("content-type", b"text/plain", "unknown_content_type"),
        ("content-type", b"application/json; charset=shift_jis", "unknown_content_type"),
    ],
)
def test_a_wrong_attribute_is_refused(name: str, value: bytes, why: str) -> None:
    assert reason(changed(name, value)) == why


@pytest.mark.parametrize("value", [b"-1", b"1.0", b"x", "一".encode(), b"", b"99999999"])
def test_a_wrong_redrive_count_is_refused(value: bytes) -> None:
    assert reason(replace(SAMPLE, headers=(*SAMPLE.headers, ("ce_redrive", value)))) == "invalid_ce_redrive"


def test_media_type_parameters_and_letter_case_do_not_matter() -> None:
    assert decode(changed("content-type", b"Application/JSON; charset=UTF-8")).id == decode(SAMPLE).id


def test_wrong_places_are_refused() -> None:
    assert reason(replace(SAMPLE, topic="madoguchi.identity.v1")) == "wrong_topic"
    assert reason(replace(SAMPLE, key=b"someone else")) == "wrong_key"
    assert reason(replace(SAMPLE, key=None)) == "wrong_key"
    assert reason(replace(SAMPLE, value=None)) == "no_data"
    assert reason(replace(SAMPLE, value=b"{}")) == "invalid_data"


def test_a_detour_counts_by_where_it_came_from() -> None:
    detour = (*SAMPLE.headers, (r.ORIGINAL_TOPIC, SAMPLE.topic.encode()))
    assert decode(replace(SAMPLE, topic="madoguchi.notify.retry.10s", headers=detour)).id == decode(SAMPLE).id
    elsewhere = (*SAMPLE.headers, (r.ORIGINAL_TOPIC, b"madoguchi.identity.v1"))
    assert reason(replace(SAMPLE, topic="madoguchi.notify.retry.10s", headers=elsewhere)) == "wrong_topic"


def test_the_trace_context_is_replaced_never_doubled() -> None:
    old: Headers = (("traceparent", b"00-old"), ("TraceParent", b"00-older"), ("tracestate", b"a=1"), ("x", b"kept"))
    new = traced(old, {"traceparent": "00-new"})
    assert new == (("x", b"kept"), ("traceparent", b"00-new"))
    assert trace_of(new) == {"traceparent": "00-new"}
    assert trace_of((("traceparent", b"\xff"), ("tracestate", None))) == {}
