"""Metrics for Prometheus. Names follow OpenTelemetry where it has one; labels are codes, never people."""

from collections.abc import Iterable, Iterator
from typing import Any

from opentelemetry import metrics as otel
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader, Metric, NumberDataPoint
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

SENT = Counter("messaging_client_sent_messages", "Messages the broker acknowledged.", ["destination", "type"])
SEND_FAILED = Counter("madoguchi_send_failures", "Batches of messages that could not be sent; they are sent again.")
CONSUMED = Counter("messaging_client_consumed_messages", "Messages taken from a topic.", ["destination", "group"])
PROCESS_SECONDS = Histogram(
    "messaging_process_duration_seconds",
    "Time a handler took.",
    ["type", "outcome"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
RETRIED = Counter("madoguchi_retries", "Messages moved to a retry topic.", ["topic", "reason"])
DEAD_LETTERS = Counter("madoguchi_dead_letters", "Messages moved to a dead-letter topic.", ["topic", "reason"])
IN_FLIGHT = Gauge("madoguchi_messages_in_flight", "Messages taken and not yet finished.")
BROKER_CONNECTED = Gauge("madoguchi_broker_connected", "1 while the consumer has its broker.")
REJOINS = Counter("madoguchi_consumer_restarts", "How often the consumer was started again.", ["reason"])
CONSUMER_LAG = Gauge(
    "kafka_consumer_group_lag",
    "Records between the first unfinished one and the end of the partition, by the instance that holds it.",
    ["group", "topic", "partition"],
)
OUTBOX_DEPTH = Gauge(
    "madoguchi_outbox_depth", "Aggregates with events still to be published, counted up to 10,000.", ["collection"]
)
OUTBOX_OLDEST = Gauge(
    "madoguchi_outbox_oldest_seconds", "Age of the oldest outbox left unpublished; 0 when none is.", ["collection"]
)
QUEUE_WAITING = Gauge(
    "madoguchi_queue_waiting", "Aggregates that the sweep is to attend to now, counted up to 10,000.", ["collection"]
)
QUEUE_OLDEST = Gauge(
    "madoguchi_queue_oldest_seconds", "How long the most overdue of them has been due; 0 when none is.", ["collection"]
)
CERTIFICATE_EXPIRY = Gauge(
    "madoguchi_certificate_expiry_timestamp_seconds",
    "When the first certificate (or revocation list) of that use ends; 0 when it can't be read.",
    ["municipality", "use"],
)
GAUGES_REFRESHED = Gauge(
    "madoguchi_gauges_refreshed_timestamp_seconds", "When the gauges that are read from the store were read last."
)
DB_SECONDS = Histogram(
    "db_client_operation_duration_seconds",
    "Time a call to the store took.",
    ["db_system_name", "db_operation_name", "db_collection_name", "error_type"],
    buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10),
)


def configure(registry: CollectorRegistry = REGISTRY) -> None:
    """Make FastAPI's own measurements (`http.server.request.duration`, …) part of `/metrics`. Call it once."""
    reader = InMemoryMetricReader()
    otel.set_meter_provider(MeterProvider(metric_readers=[reader], shutdown_on_exit=False))
    registry.register(Bridge(reader))


class Bridge(Collector):
    """Shows what OpenTelemetry measured as Prometheus metrics, at the time of each scrape."""

    def __init__(self, reader: InMemoryMetricReader) -> None:
        self._reader = reader

    def describe(self) -> Iterable[Any]:
        """Nothing beforehand."""
        return ()

    def collect(self) -> Iterator[HistogramMetricFamily | GaugeMetricFamily]:
        """What is measured so far."""
        data = self._reader.get_metrics_data()
        for resource in data.resource_metrics if data else ():
            for scope in resource.scope_metrics:
                yield from (family for metric in scope.metrics for family in _families(metric))


def _families(metric: Metric) -> Iterator[HistogramMetricFamily | GaugeMetricFamily]:
    name = metric.name.replace(".", "_") + ("_seconds" if metric.unit == "s" else "")
    points = metric.data.data_points
    keys = sorted({key for point in points for key in point.attributes or {}})
    labels = [key.replace(".", "_") for key in keys]
    histogram = HistogramMetricFamily(name, metric.description or name, labels=labels)
    gauge = GaugeMetricFamily(name, metric.description or name, labels=labels)
    for point in points:
        values = [str((point.attributes or {}).get(key, "")) for key in keys]
        if isinstance(point, HistogramDataPoint):
            histogram.add_metric(values, _buckets(point), point.sum)
        elif isinstance(point, NumberDataPoint):
            gauge.add_metric(values, point.value)
    yield from (family for family in (histogram, gauge) if family.samples)


def _buckets(point: HistogramDataPoint) -> list[tuple[str, float]]:
    bounds = [*(str(bound) for bound in point.explicit_bounds), "+Inf"]
    total = 0
    cumulative: list[tuple[str, float]] = []
    for bound, count in zip(bounds, point.bucket_counts, strict=True):
        total += count
        cumulative.append((bound, total))
    return cumulative
