"""Counter today: for the head of the residents' division, who asks whether people get their certificates."""

from boards.panels import TOWN, Board, Panel, Query, Row, most, quantile

_BY = "municipality, certificate, state"
_WAITING = most(_BY, f'madoguchi_requests{{{TOWN},state=~"checking|with_clerk|issuing"}}')
_ENDED = f"madoguchi_requests_ended_total{{{TOWN}}}"

_TODAY = Row(
    "Today",
    (
        Panel(
            "Requests",
            "Accepted since midnight.",
            (Query(f"round(sum(increase(madoguchi_requests_accepted_total{{{TOWN}}}[$__range])))", "accepted"),),
            kind="number",
            width=4,
        ),
        Panel(
            "Answered",
            "Certificates issued, and refusals.",
            (
                Query(
                    f'round(sum(increase(madoguchi_requests_ended_total{{{TOWN},outcome=~"ready|refused"}}[$__range])))',
                    "answered",
                ),
            ),
            kind="number",
            width=4,
        ),
        Panel(
            "Promise kept",
            "Share of the answers that came within the time the town promised.",
            (
                Query(
                    f'sum(increase(madoguchi_promises_total{{{TOWN},kept="yes"}}[$__range])) '
                    f"/ sum(increase(madoguchi_promises_total{{{TOWN}}}[$__range]))",
                    "in time",
                ),
            ),
            unit="percentunit",
            kind="number",
            width=4,
        ),
        Panel(
            "Waiting for the town",
            "Requests whose residents can do nothing but wait: being checked, with a clerk, being issued.",
            (Query(f"sum({_WAITING})", "waiting"),),
            kind="number",
            width=4,
        ),
        Panel(
            "Waiting longest",
            "Since the last thing its resident did.",
            (Query(f"max(madoguchi_oldest_waiting_seconds{{{TOWN}}})", "oldest"),),
            unit="s",
            kind="number",
            width=4,
            steps=((43_200, "orange"), (86_400, "red")),
        ),
        Panel(
            "Promise at risk",
            "Requests that have used three quarters of the promised time.",
            (Query(f"sum({most(_BY, f'madoguchi_requests_at_risk{{{TOWN}}}')})", "at risk"),),
            kind="number",
            width=4,
            steps=((1, "orange"), (10, "red")),
        ),
    ),
)

_FLOW = Row(
    "Who waits for whom",
    (
        Panel(
            "Requests by state",
            "Everything that is not at its end. A growing *with_clerk* needs more clerks.",
            (Query(f"sum by (state) ({most(_BY, f'madoguchi_requests{{{TOWN}}}')})", "{{state}}"),),
            kind="areas",
        ),
        Panel(
            "Coming and going",
            "Requests an hour: accepted, and ended by their outcome.",
            (
                Query(f"3600 * sum(rate(madoguchi_requests_accepted_total{{{TOWN}}}[$__rate_interval]))", "accepted"),
                Query(f"3600 * sum by (outcome) (rate({_ENDED}[$__rate_interval]))", "{{outcome}}"),
            ),
        ),
        Panel(
            "To be paid",
            "Fees that residents have not paid yet, and refunds that the town owes.",
            (
                Query(
                    f"sum by (kind) ({most('municipality, kind', f'madoguchi_payments_pending{{{TOWN}}}')})", "{{kind}}"
                ),
            ),
        ),
    ),
)

_TIME = Row(
    "How long it takes",
    (
        Panel(
            "From request to answer",
            "From the acceptance until the resident was told; their own time for signing and paying is in it.",
            tuple(
                Query(quantile(share, f"madoguchi_request_to_notice_seconds_bucket{{{TOWN}}}", window="1h"), name)
                for share, name in ((0.5, "half"), (0.9, "nine of ten"))
            ),
            unit="s",
        ),
        Panel(
            "The town's own time",
            "From the resident's last act until they were told. This is what the promise is about.",
            tuple(
                Query(quantile(share, f"madoguchi_answer_seconds_bucket{{{TOWN}}}", window="1h"), name)
                for share, name in ((0.5, "half"), (0.9, "nine of ten"))
            ),
            unit="s",
        ),
        Panel(
            "By town",
            "Requests accepted since midnight.",
            (
                Query(
                    f"round(sum by (municipality) (increase(madoguchi_requests_accepted_total{{{TOWN}}}[$__range])))",
                    "{{municipality}}",
                ),
            ),
            kind="bars",
        ),
    ),
)

BOARD = Board(
    "madoguchi-counter", "Counter today", "Do people get their certificates, in time?", (_TODAY, _FLOW, _TIME), "now/d"
)
