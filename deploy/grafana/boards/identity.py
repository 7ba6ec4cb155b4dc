"""Identity: verdicts on evidence, and what they rest on."""

from boards.panels import TOWN, Board, Panel, Query, Row, most, quantile

_VERDICTS = "madoguchi_identity_verdicts_total"
_LEFT = f"clamp_min(madoguchi_crl_next_update_timestamp_seconds{{{TOWN}}} - time(), 0)"  # 0 too when none was ever read

_WITH_CLERK = most("municipality, certificate", f'madoguchi_requests{{{TOWN},state="with_clerk"}}')

_WHO = Row(
    "Verdicts",
    (
        Panel(
            "Verified",
            "Share of the evidence of the last hour that proved who somebody is.",
            (
                Query(
                    f'(sum(increase({_VERDICTS}{{{TOWN},verdict="verified"}}[1h])) or vector(0)) '
                    f"/ sum(increase({_VERDICTS}{{{TOWN}}}[1h]))",
                    "verified",
                ),
            ),
            unit="percentunit",
            kind="number",
            width=4,
        ),
        Panel(
            "With a clerk",
            "Requests that wait for a clerk, about the person or about the certificate.",
            (
                Query(
                    f"sum({_WITH_CLERK})",
                    "with a clerk",
                ),
            ),
            kind="number",
            width=4,
        ),
        Panel(
            "Waiting longest for a clerk",
            "Since the last thing its resident did.",
            (Query(f'max(madoguchi_oldest_waiting_seconds{{{TOWN},state="with_clerk"}})', "oldest"),),
            unit="s",
            kind="number",
            width=4,
            steps=((43_200, "orange"), (86_400, "red")),
        ),
        Panel(
            "Revocation list good for",
            "Of the town whose list ends first. At 0 every proof goes to a clerk.",
            (Query(f"min({_LEFT})", "left"),),
            unit="s",
            least=None,
            kind="number",
            width=4,
        ),
        Panel(
            "Roots end in",
            "The first of the pinned roots of the cards' authority.",
            (
                Query(
                    f'(min(madoguchi_certificate_expiry_timestamp_seconds{{{TOWN},use="jpki_root"}}) - time()) / 86400',
                    "days",
                ),
            ),
            unit="d",
            least=None,
            kind="number",
            width=4,
        ),
        Panel(
            "Lists not read",
            "Tries of the last hour to read a revocation list that failed.",
            (Query(f"sum(increase(madoguchi_crl_refresh_failures_total{{{TOWN}}}[1h]))", "failures"),),
            kind="number",
            width=4,
            steps=((1, "orange"), (30, "red")),
        ),
    ),
)

_WHY = Row(
    "Why",
    (
        Panel(
            "Verdicts",
            "An hour, by verdict.",
            (Query(f"3600 * sum by (verdict) (rate({_VERDICTS}{{{TOWN}}}[$__rate_interval]))", "{{verdict}}"),),
            kind="areas",
        ),
        Panel(
            "Rejected and referred, by reason",
            "A reason that jumps: another generation of cards, a list that is stale, or somebody trying.",
            (
                Query(
                    f'3600 * sum by (reason) (rate({_VERDICTS}{{{TOWN},verdict!="verified"}}[$__rate_interval]))',
                    "{{reason}}",
                ),
            ),
        ),
        Panel(
            "Time of a verdict",
            "From taking the evidence from the topic until the verdict is stored.",
            tuple(
                Query(
                    quantile(
                        share,
                        'messaging_process_duration_seconds_bucket{service="identity",type="jp.madoguchi.evidence.submitted.v1"}',
                    ),
                    name,
                )
                for share, name in ((0.5, "half"), (0.95, "95 %"))
            ),
            unit="s",
        ),
    ),
)

_LISTS = Row(
    "What verdicts rest on",
    (
        Panel(
            "Revocation lists good for",
            "By town; it falls until the next list is read, and must never reach 0.",
            (Query(f"min by (municipality) ({_LEFT})", "{{municipality}}"),),
            unit="s",
            least=None,
            width=12,
        ),
        Panel(
            "Lists not read",
            "In five minutes, by town and reason.",
            (
                Query(
                    f"sum by (municipality, reason) (increase(madoguchi_crl_refresh_failures_total{{{TOWN}}}[5m]))",
                    "{{municipality}} {{reason}}",
                ),
            ),
            width=12,
        ),
    ),
)

BOARD = Board("madoguchi-identity", "Identity", "Verdicts, their reasons, and what they rest on.", (_WHO, _WHY, _LISTS))
