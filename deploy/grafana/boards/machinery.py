"""Kafka & store: what everything stands on, as the services see it."""

from boards.panels import Board, Panel, Query, Row, quantile

_DB = "db_client_operation_duration_seconds"

_KAFKA = Row(
    "Kafka",
    (
        Panel(
            "Connected",
            "Instances of each service that have their broker.",
            (Query("sum by (service) (madoguchi_broker_connected)", "{{service}}"),),
        ),
        Panel(
            "Failures",
            "Batches not sent and consumers begun again, in five minutes. Both are tried again until they succeed.",
            (
                Query("sum by (service) (increase(madoguchi_send_failures_total[5m]))", "{{service}} not sent"),
                Query(
                    "sum by (service, reason) (increase(madoguchi_consumer_restarts_total[5m]))",
                    "{{service}} {{reason}}",
                ),
            ),
        ),
        Panel(
            "Consumed",
            "Messages a second, by service.",
            (
                Query(
                    "sum by (service) (rate(messaging_client_consumed_messages_total[$__rate_interval]))", "{{service}}"
                ),
            ),
            unit="cps",
        ),
    ),
)

_OUTBOX = Row(
    "Outboxes",
    (
        Panel(
            "Depth",
            "Aggregates with events still to be published. Counting ends at 10,000.",
            (Query("max by (service, collection) (madoguchi_outbox_depth)", "{{service}} {{collection}}"),),
        ),
        Panel(
            "Age",
            "Of the oldest event that waits to be published.",
            (Query("max by (service, collection) (madoguchi_outbox_oldest_seconds)", "{{service}} {{collection}}"),),
            unit="s",
        ),
        Panel(
            "Gauges are this old",
            "Since what is read from the store was last read.",
            (Query("time() - max by (service) (madoguchi_gauges_refreshed_timestamp_seconds)", "{{service}}"),),
            unit="s",
        ),
    ),
)

_STORE = Row(
    "Store",
    (
        Panel(
            "Calls",
            "A second, by operation.",
            (Query(f"sum by (db_operation_name) (rate({_DB}_count[$__rate_interval]))", "{{db_operation_name}}"),),
            unit="ops",
        ),
        Panel(
            "Time of a call",
            "95 % of the calls of an operation are answered faster.",
            (Query(quantile(0.95, f"{_DB}_bucket", "db_operation_name"), "{{db_operation_name}}"),),
            unit="s",
        ),
        Panel(
            "Not done",
            "A second. *StaleVersion* and *DuplicateKey* are answers: somebody was faster. *Unavailable* is none.",
            (
                Query(
                    f'sum by (service, error_type) (rate({_DB}_count{{error_type!=""}}[$__rate_interval]))',
                    "{{service}} {{error_type}}",
                ),
            ),
            unit="ops",
        ),
    ),
)

_MACHINE = Row(
    "Machines",
    (
        Panel(
            "Instances",
            "Of each service that answer.",
            (Query('sum by (service) (up{service!=""})', "{{service}}"),),
            width=6,
        ),
        Panel(
            "Processor",
            "Cores in use, by service.",
            (
                Query(
                    'sum by (service) (rate(process_cpu_seconds_total{service!=""}[$__rate_interval]))', "{{service}}"
                ),
            ),
            width=6,
        ),
        Panel(
            "Memory",
            "Resident, of the largest instance of each service.",
            (Query('max by (service) (process_resident_memory_bytes{service!=""})', "{{service}}"),),
            unit="bytes",
            width=6,
        ),
        Panel(
            "Disk left",
            "Share, by machine and volume.",
            (
                Query(
                    'min by (instance, mountpoint) (node_filesystem_avail_bytes{fstype!~"tmpfs|ramfs|squashfs"} '
                    "/ node_filesystem_size_bytes) or min by (persistentvolumeclaim) "
                    "(kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes)",
                    "{{instance}} {{mountpoint}} {{persistentvolumeclaim}}",
                ),
            ),
            unit="percentunit",
            width=6,
            most=1,
        ),
    ),
)

BOARD = Board(
    "madoguchi-machinery",
    "Kafka & store",
    "What everything stands on, as the services see it.",
    (_KAFKA, _OUTBOX, _STORE, _MACHINE),
    by_town=False,
)
