"""The README's table says what the newest results say, and nothing else."""

from datetime import timedelta
from typing import Any

from bench import report, speed
from bench.figures import Figure, at_least
from bench.table import document
from madoguchi.testing.vault import MOMENT
from madoguchi_sandbox.launcher.plan import Rung

WHERE = {"cpu": "AMD EPYC", "cores": 2, "commit": "0123456789abcdef"}


def issuance(value: float, rung: Rung, *, days: int = 0) -> dict[str, Any]:
    figures = [
        Figure("certificates, 1 core", value, "/s", 100.0, "bare loop", at_least(0.8, "ratio")),
        Figure("longest turn of the event loop, 1 core", 12.25, "ms on the processor"),
    ]
    return document("issuance", figures, rung, seconds=20, at=MOMENT + timedelta(days=days), where=WHERE)


def test_a_row_has_both_rungs_the_ratio_and_whether_the_goal_is_reached() -> None:
    table = speed.table([issuance(33.0, Rung.NATIVE), issuance(80.0, Rung.EMBEDDED)])
    head, _, first, second, _, sources = table.split("\n")
    assert head == "|  | native | embedded | goal |"
    assert first.endswith(", 1 core | 33/s (0.33 × bare loop) ✗ | 80/s (0.8 × bare loop) ✓ | ≥ 0.8 × |")
    assert "12.2 ms on the processor" in second
    assert "2026-11-24, commit 0123456, 20 s a figure" in sources


def test_the_newest_counts_and_what_was_not_measured_has_no_row() -> None:
    old, new = issuance(1.0, Rung.NATIVE), issuance(2.0, Rung.NATIVE, days=1)
    for order in ([old, new], [new, old]):
        table = speed.table(order)
        assert "| 2/s (0.02 × bare loop) ✗ | – |" in table
        assert "accepting" not in table


def test_the_pages_hold_what_the_results_say() -> None:
    """`make figures` was run after the last `make bench`."""
    for path, text in report.pages().items():
        assert path.read_text("utf-8") == text, f"{path.name}: run `make figures`"
