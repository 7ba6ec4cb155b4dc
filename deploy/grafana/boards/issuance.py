"""Issuance & signing: what becomes of cases, the press, the seals."""

from boards.panels import TOWN, Board, Panel, Query, Row, quantile

_STANDINGS = f"madoguchi_issuance_standings_total{{{TOWN}}}"
_EXPIRY = f'madoguchi_certificate_expiry_timestamp_seconds{{{TOWN},use=~"seal|time_stamp|seal_revocation_list"}}'

_CASES = Row(
    "Cases",
    (
        Panel(
            "What becomes of cases",
            "An hour, by where they came to stand. *referred*: a clerk looks.",
            (Query(f"3600 * sum by (standing) (rate({_STANDINGS}[$__rate_interval]))", "{{standing}}"),),
            kind="areas",
        ),
        Panel(
            "Steps overdue",
            "Cases whose next step is to be tried again now.",
            (Query('max(madoguchi_queue_waiting{service="issuance"})', "cases"),),
        ),
        Panel(
            "Time of each step",
            "95 % of the messages of a type are handled faster.",
            (
                Query(
                    quantile(0.95, 'messaging_process_duration_seconds_bucket{service="issuance"}', "type"), "{{type}}"
                ),
            ),
            unit="s",
        ),
    ),
)

_PRESS = Row(
    "The press",
    (
        Panel(
            "Certificates",
            "Sealed a minute.",
            (
                Query(
                    f"60 * sum(rate(madoguchi_seal_seconds_count{{{TOWN}}}[$__rate_interval])) "
                    f"- 60 * (sum(rate(madoguchi_seal_errors_total{{{TOWN}}}[$__rate_interval])) or vector(0))",
                    "sealed",
                ),
            ),
        ),
        Panel(
            "Time to print and seal",
            "From the order until the sealed, time-stamped and checked certificate.",
            tuple(
                Query(quantile(share, f"madoguchi_seal_seconds_bucket{{{TOWN}}}"), name)
                for share, name in ((0.5, "half"), (0.95, "95 %"))
            ),
            unit="s",
        ),
        Panel(
            "Orders in the press",
            "Taken and not finished, of all instances. More than there are workers: they queue.",
            (Query("sum(madoguchi_press_waiting)", "orders"),),
        ),
    ),
)

_SEALS = Row(
    "The seals",
    (
        Panel(
            "Errors",
            "Tries to seal that failed, in five minutes, by reason. They are tried again.",
            (
                Query(
                    f"sum by (municipality, reason) (increase(madoguchi_seal_errors_total{{{TOWN}}}[5m]))",
                    "{{municipality}} {{reason}}",
                ),
            ),
        ),
        Panel(
            "Certificates end in",
            "Days, by town and use. What has ended seals nothing.",
            (
                Query(
                    f"(min by (municipality, use) ({_EXPIRY}) - time()) / 86400",
                    "{{municipality}} {{use}}",
                ),
            ),
            unit="d",
            least=None,
            kind="bars",
        ),
        Panel(
            "Pages and downloads",
            "Answers a second of the public pages: download, check by number or file, preview.",
            (
                Query(
                    "sum by (http_route) "
                    '(rate(http_server_request_duration_seconds_count{service="issuance"}[$__rate_interval]))',
                    "{{http_route}}",
                ),
            ),
            unit="reqps",
        ),
    ),
)

BOARD = Board(
    "madoguchi-issuance", "Issuance & signing", "What becomes of cases; the press; the seals.", (_CASES, _PRESS, _SEALS)
)
