"""Spans: one trace across topics, the messaging attributes, nothing that opens a door."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from madoguchi.telemetry import metrics, traces

PARENT = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}


@pytest.fixture
def spans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A provider of its own (the global one can be set only once); gives a function that reads the file."""
    exporter = traces.JsonLines(tmp_path / "traces" / "x.jsonl")
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(traces.Discreet(exporter)))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    yield lambda: [json.loads(line) for line in (tmp_path / "traces" / "x.jsonl").read_text().splitlines()]
    provider.shutdown()


def test_sending_and_processing_are_one_trace(spans: Any) -> None:
    with traces.sending("madoguchi.requests.v1", message_id="m", parent=PARENT) as carried:
        pass
    with traces.processing(
        "madoguchi.requests.v1", partition=3, offset=7, group="notify", message_id="m", parent=carried
    ):
        onward = traces.current()
    send, process = spans()
    assert (send["name"], send["kind"]) == ("send madoguchi.requests.v1", "SpanKind.PRODUCER")
    assert (process["name"], process["kind"]) == ("process madoguchi.requests.v1", "SpanKind.CONSUMER")
    assert send["parent_id"] == "0xb7ad6b7169203331"
    assert process["parent_id"] == send["context"]["span_id"]
    assert {send["context"]["trace_id"], process["context"]["trace_id"]} == {"0x0af7651916cd43dd8448eb211c80319c"}
    assert process["context"]["span_id"].removeprefix("0x") in onward["traceparent"]
    assert process["attributes"] == {
        "messaging.system": "kafka",
        "messaging.operation.type": "process",
        "messaging.operation.name": "process",
        "messaging.destination.name": "madoguchi.requests.v1",
        "messaging.destination.partition.id": "3",
        "messaging.consumer.group.name": "notify",
        "messaging.message.id": "m",
        "messaging.kafka.offset": 7,
    }


def test_what_is_done_later_belongs_to_the_trace_that_was_kept(spans: Any) -> None:
    with traces.acting("deliver line", parent=PARENT):
        onward = traces.current()
    with pytest.raises(ValueError, match="山田"), traces.acting("answer chat", parent={}):
        raise ValueError("山田太郎")
    deliver, answer = spans()
    assert (deliver["name"], deliver["parent_id"]) == ("deliver line", "0xb7ad6b7169203331")
    assert onward["traceparent"].split("-")[1] == PARENT["traceparent"].split("-")[1]
    assert answer["parent_id"] is None
    assert answer["attributes"]["error.type"] == "ValueError"
    assert "山田" not in json.dumps(answer, ensure_ascii=False)


def test_a_failure_is_a_class_never_a_text(spans: Any) -> None:
    with (
        pytest.raises(ValueError, match="山田"),
        traces.processing("t", partition=0, offset=0, group="g", message_id="m", parent={}),
    ):
        raise ValueError("山田太郎")
    (span,) = spans()
    assert span["status"]["status_code"] == "ERROR"
    assert span["attributes"]["error.type"] == "ValueError"
    assert "山田" not in json.dumps(span, ensure_ascii=False)


def test_without_anywhere_to_put_spans_the_context_still_travels() -> None:
    with traces.sending("t", message_id="m", parent=PARENT) as carried:
        assert carried["traceparent"].split("-")[1] == PARENT["traceparent"].split("-")[1]


async def test_spans_of_http_keep_the_route_and_lose_the_token(spans: Any) -> None:
    app = FastAPI(telemetry=traces.HTTP)

    @app.get("/r/{token}")
    async def page(token: str) -> str:
        return token

    @app.get("/health/live")
    async def live() -> str:
        return ""

    async with AsyncClient(transport=ASGITransport(app), base_url="http://x") as client:
        await client.get("/r/very-secret?k=also-secret", headers={"user-agent": "me"})
        await client.get("/health/live")
    (span,) = spans()
    assert span["name"] == "GET /r/{token}"
    assert span["attributes"]["http.route"] == "/r/{token}"
    assert "secret" not in json.dumps(span)


def test_configured_writes_a_file_and_nothing_without_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    provided: list[TracerProvider] = []
    monkeypatch.setattr(trace, "set_tracer_provider", provided.append)
    with traces.configured("notify"):
        pass
    assert provided == []
    with traces.configured("notify", tmp_path / "a" / "spans.jsonl"):
        provided[0].get_tracer("x").start_span("s").end()
    (line,) = (tmp_path / "a" / "spans.jsonl").read_text().splitlines()
    assert json.loads(line)["resource"]["attributes"]["service.name"] == "notify"


def test_measurements_of_opentelemetry_appear_for_prometheus() -> None:
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader
    from prometheus_client import CollectorRegistry, generate_latest

    reader = InMemoryMetricReader()
    meter = MeterProvider(metric_readers=[reader], shutdown_on_exit=False).get_meter("x")
    duration = meter.create_histogram("http.server.request.duration", unit="s")
    duration.record(0.2, {"http.route": "/a"})
    duration.record(0.3, {"http.route": "/b", "error.type": "x"})
    meter.create_up_down_counter("http.server.active_requests").add(2)
    registry = CollectorRegistry()
    registry.register(metrics.Bridge(reader))
    text = generate_latest(registry).decode()
    assert text.count("# TYPE http_server_request_duration_seconds histogram") == 1
    assert 'http_server_request_duration_seconds_count{error_type="",http_route="/a"} 1.0' in text
    assert 'le="+Inf"' in text
    assert "http_server_active_requests 2.0" in text
