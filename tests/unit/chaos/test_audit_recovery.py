"""How long those who were waiting had to wait; what of a diary is not about the order of its lines."""

import math
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chaos.audit import audit
from chaos.diary import faults_of, threads_of
from chaos.evidence import Evidence
from chaos.recovery import nearest_rank, seconds
from unit.chaos.given import Run, clean, moment, request_id

Json = dict[str, Any]


def step(began: float, lasted: float, thread: str = "t1") -> Json:
    return {
        "at": moment(began),
        "thread": thread,
        "kind": "step",
        "name": "n",
        "began": moment(began),
        "seconds": lasted,
    }


def gave_up(began: float, at: float) -> Json:
    return {"at": moment(at), "thread": "t1", "kind": "gave_up", "name": "n", "began": moment(began)}


def fault(at: float, kind: str = "kill") -> Json:
    return {"at": moment(at), "kind": kind, "target": "identity-1", "until": None}


def recovered(diary: list[Json], *faults: Json) -> list[float | None]:
    return seconds(Evidence(threads=threads_of(diary), faults=faults_of(faults)))


@pytest.mark.parametrize(
    ("diary", "expected"),
    [
        ([], 0.0),
        ([step(5, 4.9)], 0.0),
        ([step(10.1, 9)], 0.0),
        ([step(10, 2.5)], 2.5),
        ([step(5, 7), step(6, 9, "t2"), step(9.9, 1, "t3")], 5.0),
        ([step(5, 7), gave_up(9, 60)], None),
        ([gave_up(2, 9)], 0.0),
        ([gave_up(11, 60)], 0.0),
    ],
)
def test_recovery_is_over_when_nobody_waits_any_more_who_waited_then(diary: list[Json], expected: float | None) -> None:
    assert recovered(diary, fault(10)) == [expected] * 3


@pytest.mark.parametrize(
    "kind", ["kill", "broker_restart", "broker_pause", "store_restart", "store_pause", "store_cut", "disk_full"]
)
def test_these_faults_count(kind: str) -> None:
    assert recovered([step(5, 7)], fault(10, kind)) == [2.0] * 3


@pytest.mark.parametrize("kind", ["line_fault", "mail_fault", "pay_fault", "clock_back", "poison", "rolling"])
def test_these_do_not(kind: str) -> None:
    assert recovered([step(5, 7)], fault(10, kind)) == []


def test_the_figures_are_over_faults() -> None:
    diary = [step(at, at / 100) for at in range(100, 2001, 100)]
    faults = [fault(at) for at in range(100, 2001, 100)]
    assert recovered(diary, *faults) == [10.0, 19.0, 20.0]
    assert recovered([*diary, gave_up(1999, 2500)], *faults) == [10.0, 19.0, None]


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 10), st.booleans()), max_size=12),
    st.lists(st.integers(0, 30), min_size=1, max_size=5),
)
def test_each_fault_waits_for_everybody_who_waited_then(waits: list[tuple[int, int, bool]], moments: list[int]) -> None:
    """The definition itself, wait by wait."""
    diary = [gave_up(began, began + took) if in_vain else step(began, took) for began, took, in_vain in waits]
    recoveries = []
    for at in sorted(moments):
        under_way = [(began + took - at, in_vain) for began, took, in_vain in waits if began <= at < began + took]
        recoveries.append(max((math.inf if in_vain else float(left) for left, in_vain in under_way), default=0.0))
    recoveries.sort()
    expected = [nearest_rank(recoveries, 50), nearest_rank(recoveries, 95), recoveries[-1]]
    assert recovered(diary, *map(fault, moments)) == [None if math.isinf(figure) else figure for figure in expected]


def test_nearest_rank() -> None:
    assert [nearest_rank([1, 2, 3], percent) for percent in (1, 33, 34, 50, 66, 67, 100)] == [1, 1, 2, 2, 2, 3, 3]


def damaged() -> Run:
    """Each kind of defect, at least once."""
    run = clean()
    run.begins(5, "chat", "plain", email=False)
    run.says(5, "gave_up", name="accepted", began=moment(9), at=60)
    run.pushed(1, "fee_due")
    run.mailed(1, "fee_due")
    run.mailed(2, "ready", "another")
    run.booked(2, "charge")
    run.entered(2)
    run.says(2, "downloaded", sha256="0" * 64)
    run.books = [line for line in run.books if line["kind"] != "refund"]
    run.begins(6, "api", "plain", email=True)
    run.accepted(6)
    run.stands(6, "checking", [], notices=0)
    run.without_look(4, "identity")
    return run


AGAIN = ("begun", "consented", "accepted", "ended", "webhook")
"""Lines that say nothing new when they are there twice."""
DAMAGED = damaged()


EXPECTED = audit(DAMAGED.evidence())


@settings(max_examples=30)
@given(st.randoms(use_true_random=False))
def test_neither_order_nor_repeated_lines_hide_anything(chance: Random) -> None:
    shuffled = Run(pages=DAMAGED.pages)
    for name in ("diary", "faults", "line", "mail", "books", "ledger"):
        lines = getattr(DAMAGED, name)
        again = [line for line in lines if line.get("kind") in AGAIN and chance.random() < 0.5]
        getattr(shuffled, name).extend(chance.sample(lines + again, len(lines + again)))
    assert audit(shuffled.evidence()).as_json() == EXPECTED.as_json()


def test_of_a_damaged_run_every_kind_of_damage_is_found() -> None:
    assert EXPECTED.bad == [
        "double_charges", "duplicate_certificates", "duplicate_notices_by_channel", "lost", "missing_access_records",
        "stuck", "unrefunded",
    ]  # fmt: skip
    assert EXPECTED.defects["lost"] == ["t000005"]
    assert EXPECTED.defects["stuck"] == [request_id(6)]
