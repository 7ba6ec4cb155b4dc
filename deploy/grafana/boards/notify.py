"""Notify & channels: do residents hear of it?"""

from boards.panels import TOWN, Board, Panel, Query, Row, quantile

_DELIVERIES = "madoguchi_deliveries_total"

_HEARD = Row(
    "Do residents hear of it?",
    (
        Panel(
            "Attempts",
            "To deliver a notice, a minute, by channel and outcome. *retry* is tried again, *refused* is not.",
            (
                Query(
                    f"60 * sum by (channel, outcome) (rate({_DELIVERIES}{{{TOWN}}}[$__rate_interval]))",
                    "{{channel}} {{outcome}}",
                ),
            ),
        ),
        Panel(
            "Failing share",
            "Of the attempts of five minutes, those that must be made again.",
            (
                Query(
                    f"municipality_channel:deliveries_failing:ratio_rate5m{{{TOWN}}}",
                    "{{municipality}} {{channel}}",
                ),
            ),
            unit="percentunit",
            most=1,
        ),
        Panel(
            "Time a channel takes",
            "95 % of the attempts are answered faster.",
            (Query(quantile(0.95, "madoguchi_delivery_seconds_bucket", "channel"), "{{channel}}"),),
            unit="s",
        ),
    ),
)

_QUEUE = Row(
    "What is still to be said",
    (
        Panel(
            "Notices due",
            "Requests with a notice to be tried now.",
            (Query('max(madoguchi_queue_waiting{service="notify"})', "due"),),
        ),
        Panel(
            "Due longest",
            "How long the oldest of them has been due.",
            (Query('max(madoguchi_queue_oldest_seconds{service="notify"})', "oldest"),),
            unit="s",
        ),
        Panel(
            "Reports",
            "Notices that came to their end, a minute: sent, or given up.",
            (
                Query(
                    "60 * sum by (type) "
                    '(rate(messaging_client_sent_messages_total{service="notify"}[$__rate_interval]))',
                    "{{type}}",
                ),
            ),
        ),
    ),
)

_WHOLE = Row(
    "From event to thread",
    (
        Panel(
            "From request to answer",
            "Until the resident was told, by outcome; half of them, over the last hour.",
            (
                Query(
                    quantile(0.5, f"madoguchi_request_to_notice_seconds_bucket{{{TOWN}}}", "outcome", "1h"),
                    "{{outcome}}",
                ),
            ),
            unit="s",
            width=12,
        ),
        Panel(
            "Consumer lag of notify",
            "Messages that notify has not taken in yet.",
            (
                Query(
                    'sum by (topic) (max by (topic, partition) (kafka_consumer_group_lag{group="notify"}))', "{{topic}}"
                ),
            ),
            width=12,
        ),
    ),
)

BOARD = Board(
    "madoguchi-notify", "Notify & channels", "Do residents hear of it, by which channel?", (_HEARD, _QUEUE, _WHOLE)
)
