"""Percentiles, rates, `/proc`, goals and schedules of the benchmarks."""

import asyncio
import os
import time

import pytest

from bench.figures import Figure, at_least, at_most
from bench.measure import cpu_seconds, parsed_stat, percentile, pss_of_process, spread, steady_rate
from bench.schedule import Outcome, arrivals, closed_loop, open_loop
from bench.shelves import Model, copies
from bench.table import document, number
from madoguchi.service.clock import utc_now
from madoguchi_sandbox.launcher.plan import Rung


def test_percentiles_are_values_that_occurred() -> None:
    values = [float(value) for value in range(100, 0, -1)]
    assert [percentile(values, share) for share in (0.0, 0.5, 0.95, 0.99, 1.0)] == [1, 50, 95, 99, 100]
    assert percentile([7.0], 0.99) == 7.0
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


def test_a_spread_counts() -> None:
    found = spread([1.0, 2.0, 3.0, 4.0])
    assert (found.p50, found.p99, found.worst, found.count) == (2.0, 4.0, 4.0, 4)


def test_a_steady_rate_leaves_out_start_and_end() -> None:
    steady = [moment / 10 for moment in range(100)]
    assert steady_rate(steady) == pytest.approx(10.0)
    assert steady_rate([-30.0, *steady[1:-1], 90.0]) == pytest.approx(10.0)
    for useless in (steady[:19], [1.0] * 50):
        with pytest.raises(ValueError, match="too few"):
            steady_rate(useless)


def test_stat_lines_with_odd_names() -> None:
    ticks = os.sysconf("SC_CLK_TCK")
    fields = ["S", "1", "42", "43", *["0"] * 7, str(ticks), str(2 * ticks), str(3 * ticks), "0", *["0"] * 30]
    found = parsed_stat(f"42 (a) b (c) {' '.join(fields)}")
    assert (found.pid, found.session, found.seconds) == (42, 43, 6.0)


def test_processor_time_and_memory_of_this_session() -> None:
    before = cpu_seconds(os.getsid(0))
    end = time.process_time() + 0.1
    while time.process_time() < end:
        pass
    assert cpu_seconds(os.getsid(0)) - before > 0.05
    assert pss_of_process(os.getpid()) > 5


def test_goals_on_values_and_ratios() -> None:
    slow = Figure("a", 7.0, "/s", 10.0, "bare", at_least(0.8, "ratio"))
    assert slow.ratio == pytest.approx(0.7)
    assert slow.reached(Rung.EMBEDDED) is False
    assert Figure("a", 8.0, "/s", 10.0, "bare", at_least(0.8, "ratio")).reached(Rung.EMBEDDED) is True
    only = Figure("b", 60.0, "ms", goal=at_most(50, only=Rung.NATIVE))
    assert only.reached(Rung.EMBEDDED) is None
    assert only.reached(Rung.NATIVE) is False
    assert Figure("c", 1.0, "ms", goal=at_most(1.1, "ratio")).reached(Rung.EMBEDDED) is None
    assert Figure("d", 1.0, "ms").reached(Rung.EMBEDDED) is None


def test_results_say_where_and_what() -> None:
    figure = Figure("a", 7.0, "/s", 10.0, "bare", at_least(0.8, "ratio"), "a note")
    made = document("part", [figure], Rung.NATIVE, seconds=3, at=utc_now(), where={"commit": "abc"})
    assert made["rung"] == "native"
    assert made["machine"] == {"commit": "abc"}
    assert made["figures"][0] == {
        "name": "a", "value": 7.0, "unit": "/s", "baseline": 10.0, "against": "bare", "ratio": 0.7,
        "goal": "≥ 0.8 ×", "reached": False, "note": "a note",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "shown"), [(None, ""), (0.0, "0"), (0.01234, "0.0123"), (12.345, "12.3"), (12345.6, "12,346")]
)
def test_three_digits_are_enough(value: float | None, shown: str) -> None:
    assert number(value) == shown


def test_arrivals_are_evenly_spaced() -> None:
    assert arrivals(100, 0.05) == pytest.approx([0.0, 0.01, 0.02, 0.03, 0.04])
    assert len(arrivals(500, 60)) == 30_000


async def test_a_stopped_server_costs_everyone_who_would_have_come() -> None:
    """One call at a time, the first takes 100 ms: those behind it waited too, and their latency says so."""
    turn = asyncio.Lock()

    async def send(count: int) -> bool:
        async with turn:
            await asyncio.sleep(0.1 if count == 0 else 0)
        return True

    outcome = await open_loop(send, arrivals(100, 0.1))
    assert len(outcome.milliseconds) == 10
    assert sum(taken > 20 for taken in outcome.milliseconds) >= 7


async def test_failures_are_counted_and_have_no_latency() -> None:
    async def send(count: int) -> bool:
        if count == 1:
            raise ConnectionResetError
        return count != 2

    outcome = await open_loop(send, arrivals(1000, 0.005))
    assert (len(outcome.milliseconds), outcome.failed, len(outcome.late)) == (3, 2, 5)


async def test_a_closed_loop_keeps_its_width_and_ends() -> None:
    running, most = 0, 0

    async def send(_: int) -> bool:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001)
        running -= 1
        return True

    outcome: Outcome = await closed_loop(send, width=3, seconds=60, most=50)
    assert (len(outcome.milliseconds), most) == (50, 3)
    assert outcome.rate > 0


def test_copies_differ_in_their_ids_only() -> None:
    request = "req_01jdfw6x9c3v5k7m2n4p6q8r0s"
    own = Model(
        "intake", "requests", request, f'{{"_id":"{request}","version":3,"state":{{"request_id":"{request}"}}}}'
    )
    other = Model("identity", "nonces", "ab" * 16, f'{{"_id":"{"ab" * 16}","version":1}}')
    (key, text), (second, _) = copies(own, request, range(5, 7))
    assert key == f"req_{5:026d}" != second
    assert text == own.text.replace(request, key)
    ((key, text),) = copies(other, request, [5])
    assert key == f"{5:032d}"
    assert text == f'{{"_id":"{key}","version":1}}'
    assert other.size == len(text)
