"""The capacity table: plain arithmetic over measured figures, nothing when they are not there."""

from typing import Any

import pytest

from bench.capacity import BEGIN, END, NoFigures, costs, need, table
from bench.figures import Figure
from bench.report import filled
from bench.table import document
from madoguchi.contracts.flow import SERVICES
from madoguchi.testing.vault import MOMENT
from madoguchi_sandbox.launcher.plan import Rung

SPENT = {"request-intake": 40.0, "identity": 10.0, "issuance": 100.0, "notify": 20.0}


def result(part: str, *figures: Figure, rung: Rung = Rung.NATIVE) -> tuple[str, dict[str, Any]]:
    made = document(part, figures, rung, seconds=60, at=MOMENT, where={})
    return f"2026-11-24-{rung.value}-{part}.json", made


def whole(factor: float = 1.0, rung: Rung = Rung.NATIVE) -> tuple[str, dict[str, Any]]:
    spent = [Figure(f"processor time of a thread: {name}", value * factor, "ms") for name, value in SPENT.items()]
    return result("whole", *spent, Figure("whole threads", 9.0, "/s"), rung=rung)


FOOTPRINT = result(
    "footprint",
    Figure("one request: bytes on the topics", 20_000, "bytes"),
    Figure("one request: bytes stored, sealed PDF", 180_000, "bytes"),
    Figure("one request: bytes stored, vault", 20_000, "bytes"),
)


def test_costs_are_those_that_were_measured() -> None:
    found = costs([whole(), FOOTPRINT])
    assert set(SPENT) == set(SERVICES)
    assert (dict(found.milliseconds), found.stored_bytes, found.topic_bytes) == (SPENT, 200_000, 20_000)


def test_real_servers_count_before_embedded_ones() -> None:
    for order in ([whole(), whole(3, Rung.EMBEDDED), FOOTPRINT], [whole(3, Rung.EMBEDDED), whole(), FOOTPRINT]):
        assert costs(order).milliseconds["issuance"] == 100


def test_without_figures_nothing_is_made_up() -> None:
    with pytest.raises(NoFigures, match="whole and footprint"):
        costs([])
    with pytest.raises(NoFigures, match="footprint"):
        costs([whole()])
    with pytest.raises(NoFigures, match="request-intake"):
        costs([result("whole"), FOOTPRINT])
    with pytest.raises(NoFigures, match="bytes"):
        costs([whole(), result("footprint")])


def test_what_a_day_needs() -> None:
    found = need(costs([whole(), FOOTPRINT]), 180_000)
    assert found.per_second == 10  # a fifth of them in one hour
    assert found.replicas == {"request-intake": 2, "identity": 2, "issuance": 2, "notify": 2}
    assert (found.cores, found.partitions) == (8, 6)
    assert (found.stored_gigabytes, found.topic_gigabytes) == (36, 3.6)
    much = need(costs([whole(), FOOTPRINT]), 1_800_000)
    assert much.replicas == {"request-intake": 8, "identity": 2, "issuance": 20, "notify": 4}
    assert much.partitions == 48


def test_the_runbook_is_filled_in_between_its_markers() -> None:
    text = table(costs([whole(), FOOTPRINT]))
    assert "2026-11-24-native-whole.json" in text
    assert text.count("\n|") == 7
    before = f"above\n{BEGIN}\nold\n{END}\nbelow"
    once = filled(before, BEGIN, END, text)
    assert (once.startswith("above\n"), once.endswith("\nbelow"), "old" in once) == (True, True, False)
    assert filled(once, BEGIN, END, text) == once
    with pytest.raises(ValueError, match="0 places"):
        filled("nothing", BEGIN, END, text)
