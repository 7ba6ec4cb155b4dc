"""The plan of a run: as much as is wanted, in the time that is not calm, the same for the same seed."""

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from chaos.poison import poison
from chaos.schedule import CALM_HEAD, CALM_TAIL, CLOCK_WRONG_FOR, LINE_FAULTS, ROLLING_EVERY, Wanted, planned
from chaos.strikes import DEEDS, OTHERS
from madoguchi.bus.codec import DecodeError, decode
from madoguchi.contracts.flow import SERVICES, all_topics
from madoguchi_sandbox.launcher.plan import Rung

KINDS = OTHERS[Rung.NATIVE]


@given(
    seed=st.integers(),
    seconds=st.floats(60, 2000),
    kills=st.integers(0, 60),
    restarts=st.integers(0, 10),
    others=st.integers(0, 3),
)
def test_as_much_as_is_wanted_in_order(seed: int, seconds: float, kills: int, restarts: int, others: int) -> None:
    wanted = Wanted(kills, restarts, restarts, others, outside=others)
    plan = planned(seed, seconds, wanted, (1, 2), KINDS)
    counts = Counter(strike.kind for strike in plan)
    assert (counts["kill"], counts["broker_restart"], counts["store_restart"]) == (kills, restarts, restarts)
    assert (counts["rolling"], counts["clock_back"], counts["clock_right"]) == (8 * others, others, others)
    assert counts["line_fault"] == others * len(LINE_FAULTS)
    assert all(one.at <= other.at for one, other in pairwise(plan))
    assert plan == planned(seed, seconds, wanted, (1, 2), KINDS)
    late = max(ROLLING_EVERY * 8, CLOCK_WRONG_FOR)
    ends = {strike.kind: strike.at for strike in plan}
    assert all(at >= seconds * CALM_HEAD for at in ends.values())
    assert all(
        at <= seconds * (1 - CALM_TAIL) + late * (kind in {"rolling", "clock_right"}) for kind, at in ends.items()
    )


def test_every_instance_is_killed_about_equally_often() -> None:
    plan = planned(3, 600, Wanted(80, 0, 0, 0, 0), (1, 2), ())
    assert Counter(strike.target for strike in plan) == {f"{name}-{i}": 10 for name in SERVICES for i in (1, 2)}


def test_there_is_a_deed_for_every_kind() -> None:
    for rung, kinds in OTHERS.items():
        plan = planned(1, 600, Wanted(8, 1, 1), (1,), kinds)
        assert {strike.kind for strike in plan} <= DEEDS.keys(), rung
        assert set(kinds) <= {strike.kind for strike in plan}


def test_poison_is_on_every_topic_and_no_event() -> None:
    records = list(poison("0" * 26))
    assert {record.topic for record in records} == {t for t in all_topics() if not t.endswith(".dead-letter")}
    for record in records:
        try:
            decode(record)
        except DecodeError:
            continue
        raise AssertionError(f"{record.topic}: {record.value!r:.60} is an event")
