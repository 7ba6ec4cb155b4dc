"""Pipeline: how requests move from the door through the topics, and where they stand still."""

from boards.panels import Board, Panel, Query, Row, quantile

_POST = 'service="request-intake",http_request_method="POST"'
_COUNT = "http_server_request_duration_seconds_count"
_STEP = "messaging_process_duration_seconds"

_DOOR = Row(
    "The door",
    (
        Panel(
            "Handed in",
            "Requests, evidence and webhooks a second, by route.",
            (Query(f"sum by (http_route) (rate({_COUNT}{{{_POST}}}[$__rate_interval]))", "{{http_route}}"),),
            unit="reqps",
        ),
        Panel(
            "Answers that are no success",
            "4xx: the caller's mistake, or not now. 5xx: ours.",
            (
                Query(
                    "sum by (http_route, http_response_status_code) "
                    f'(rate({_COUNT}{{service="request-intake",http_response_status_code=~"[45].."}}[$__rate_interval]))',
                    "{{http_response_status_code}} {{http_route}}",
                ),
            ),
            unit="reqps",
        ),
        Panel(
            "Time to accept",
            "Until what was handed in is stored and answered.",
            tuple(
                Query(quantile(share, f"http_server_request_duration_seconds_bucket{{{_POST}}}"), name)
                for share, name in ((0.5, "half"), (0.95, "95 %"), (0.99, "99 %"))
            ),
            unit="s",
        ),
    ),
)

_TOPICS = Row(
    "The topics",
    (
        Panel(
            "Consumer lag",
            "Messages that a service has not finished yet. Retry topics hold theirs on purpose.",
            (
                Query(
                    "sum by (group, topic) (max by (group, topic, partition) (kafka_consumer_group_lag))",
                    "{{group}} {{topic}}",
                ),
            ),
        ),
        Panel(
            "Published",
            "Messages a second, by topic.",
            (
                Query(
                    "sum by (destination) (rate(messaging_client_sent_messages_total[$__rate_interval]))",
                    "{{destination}}",
                ),
            ),
            unit="cps",
        ),
        Panel(
            "At hand",
            "Messages that a service has taken and not finished.",
            (Query("sum by (service) (madoguchi_messages_in_flight)", "{{service}}"),),
        ),
    ),
)

_STEPS = Row(
    "The steps",
    (
        Panel(
            "Time of each step",
            "95 % of the messages of a type are handled faster.",
            (Query(quantile(0.95, f"{_STEP}_bucket", "service, type"), "{{service}} {{type}}"),),
            unit="s",
            width=12,
        ),
        Panel(
            "Steps a second",
            "Handled, by service and outcome; *failed* ones are tried again.",
            (Query(f"sum by (service, outcome) (rate({_STEP}_count[$__rate_interval]))", "{{service}} {{outcome}}"),),
            unit="cps",
            width=12,
        ),
    ),
)

_TROUBLE = Row(
    "Trouble",
    (
        Panel(
            "Tried later",
            "Messages moved to a retry topic, in five minutes, by reason.",
            (Query("sum by (service, reason) (increase(madoguchi_retries_total[5m]))", "{{service}} {{reason}}"),),
            width=6,
        ),
        Panel(
            "Dead letters",
            "Messages set aside since the service started, by reason. Each wants a person.",
            (
                Query(
                    "sum by (service, topic, reason) (madoguchi_dead_letters_total)", "{{service}} {{topic}} {{reason}}"
                ),
            ),
            width=6,
        ),
        Panel(
            "Unaccounted for",
            "Accepted − ended and told − waiting for a person. Anything but 0 for long is an alert.",
            (
                Query("max(madoguchi_requests_unaccounted)", "owed by a service"),
                Query("sum(increase(madoguchi_events_of_unknown_requests_total[1h]))", "not in the books"),
            ),
            width=6,
        ),
        Panel(
            "Overdue work",
            "How long the oldest request, case or notice has been due for its sweep.",
            (
                Query(
                    "max by (service, collection) (madoguchi_queue_oldest_seconds)",
                    "{{service}} {{collection}}",
                ),
            ),
            unit="s",
            width=6,
        ),
    ),
)

BOARD = Board(
    "madoguchi-pipeline",
    "Pipeline",
    "From the door through the topics: lag, time per step, retries, dead letters.",
    (_DOOR, _TOPICS, _STEPS, _TROUBLE),
    by_town=False,
)
