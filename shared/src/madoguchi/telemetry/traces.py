"""Traces: one trace from the resident's act to the notice, across topics.

HTTP spans come from FastAPI itself (`FastAPI(telemetry=traces.HTTP)`); the spans around Kafka are made here, by hand,
after the OpenTelemetry messaging conventions. Spans leave the process without paths, queries or error texts.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Final

from fastapi.telemetry import TelemetryConfig
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace import TracerProvider as Collecting
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import Scope

from madoguchi.telemetry.privacy import cleaned

CONTEXT_FIELDS = frozenset({"traceparent", "tracestate"})
EXPORT_EVERY_MILLIS: Final = 500

_HIDDEN = ("url.path", "url.query", "url.full", "client.", "user_agent.", "http.request.header", "exception.")
_PROPAGATOR = TraceContextTextMapPropagator()


def _is_probe(scope: Scope) -> bool:
    return str(scope["path"]).startswith(("/health/", "/metrics"))


HTTP: TelemetryConfig = {"operation_spans": False, "logs": False, "exclude": _is_probe}
"""For `FastAPI(telemetry=…)`: one span per request, none for the cluster's probes, no texts of exceptions."""


@contextmanager
def configured(service: str, trace_file: Path | None = None, otlp_endpoint: str | None = None) -> Iterator[None]:
    """Collect spans inside, and hand over the last of them at the end. With nowhere to put them none are collected."""
    exporters: list[SpanExporter] = []
    if trace_file is not None:
        exporters.append(JsonLines(trace_file))
    if otlp_endpoint is not None:
        exporters.append(OTLPSpanExporter(endpoint=f"{otlp_endpoint.rstrip('/')}/v1/traces"))
    if not exporters:
        yield
        return
    provider = Collecting(resource=Resource.create({"service.name": service}), shutdown_on_exit=False)
    for exporter in exporters:
        provider.add_span_processor(BatchSpanProcessor(Discreet(exporter), schedule_delay_millis=EXPORT_EVERY_MILLIS))
    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        provider.shutdown()


def current() -> dict[str, str]:
    """The W3C context of the span at hand (`traceparent`, `tracestate`), for an envelope; empty when there is none."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier


@contextmanager
def sending(topic: str, *, message_id: str, parent: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """`send <topic>`: a PRODUCER span continuing `parent`. Gives the context that the message carries.

    It does not become the current span: several may be open side by side.
    """
    with _span("send", topic, SpanKind.PRODUCER, parent, {"messaging.message.id": message_id}) as span:
        carrier: dict[str, str] = {}
        _PROPAGATOR.inject(carrier, trace.set_span_in_context(span))
        yield carrier or dict(parent)


@contextmanager
def processing(
    topic: str, *, partition: int, offset: int, group: str, message_id: str, parent: Mapping[str, str]
) -> Iterator[Span]:
    """`process <topic>`: a CONSUMER span continuing the trace of the message."""
    attributes: dict[str, str | int] = {
        "messaging.message.id": message_id,
        "messaging.destination.partition.id": str(partition),
        "messaging.kafka.offset": offset,
        "messaging.consumer.group.name": group,
    }
    with (
        _span("process", topic, SpanKind.CONSUMER, parent, attributes) as span,
        trace.use_span(span, record_exception=False),
    ):
        yield span


@contextmanager
def acting(name: str, *, parent: Mapping[str, str], kind: SpanKind = SpanKind.INTERNAL) -> Iterator[None]:
    """What is done later for an earlier act (an answer in the chat, a delivery), in the trace that was kept with it.

    `name` is one of a few words; the span becomes the current one."""
    context = _PROPAGATOR.extract(dict(parent)) if parent else None
    span = _tracer().start_span(name, context=context, kind=kind, record_exception=False)
    with _ended(span), trace.use_span(span, record_exception=False, set_status_on_exception=False):
        yield


@contextmanager
def _span(
    operation: str, topic: str, kind: SpanKind, parent: Mapping[str, str], attributes: Mapping[str, str | int]
) -> Iterator[Span]:
    common = {
        "messaging.system": "kafka",
        "messaging.operation.type": operation,
        "messaging.operation.name": operation,
        "messaging.destination.name": topic,
    }
    span = _tracer().start_span(
        f"{operation} {topic}",
        context=_PROPAGATOR.extract(dict(parent)) if parent else None,
        kind=kind,
        attributes={**common, **attributes},
        record_exception=False,
        set_status_on_exception=False,
    )
    with _ended(span):
        yield span


def _tracer() -> Tracer:
    return _tracer_of(trace.get_tracer_provider())


@lru_cache(maxsize=2)
def _tracer_of(provider: TracerProvider) -> Tracer:
    """Made once for a provider: making one costs as much as a span."""
    return provider.get_tracer("madoguchi")


@contextmanager
def _ended(span: Span) -> Iterator[Span]:
    """Ends it, with the class of an error and never its text."""
    try:
        yield span
    except BaseException as error:
        span.set_attribute("error.type", type(error).__qualname__)
        span.set_status(StatusCode.ERROR)
        raise
    finally:
        span.end()


class Discreet(SpanExporter):
    """Passes spans on without what could name a resident or open a door (paths carry tokens)."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Clean, then export."""
        return self._inner.export([_discreet(span) for span in spans])

    def shutdown(self) -> None:
        """Shut the inner exporter down."""
        self._inner.shutdown()


def _discreet(span: ReadableSpan) -> ReadableSpan:
    attributes = {k: cleaned(v) for k, v in (span.attributes or {}).items() if not k.startswith(_HIDDEN)}
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=attributes,
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


class JsonLines(SpanExporter):
    """Appends each span to a file as one line of JSON, in OpenTelemetry's own shape."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Write and flush."""
        with self._lock:
            self._file.writelines(span.to_json(indent=None) + "\n" for span in spans)
            self._file.flush()
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        """Close the file."""
        with self._lock:
            self._file.close()
