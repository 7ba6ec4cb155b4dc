"""A session ends when nobody comes, and at the latest at the end of the day."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from console.login.lapse import Limits, lapsed, lapses_at

START = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
LIMITS = Limits(timedelta(minutes=30), timedelta(hours=10))


def test_it_goes_on_while_somebody_comes() -> None:
    seen = START + timedelta(hours=2)
    assert not lapsed(START, seen, LIMITS, seen + timedelta(minutes=29))
    assert lapsed(START, seen, LIMITS, seen + timedelta(minutes=30))


def test_it_ends_whoever_comes() -> None:
    seen = START + timedelta(hours=9, minutes=59)
    assert not lapsed(START, seen, LIMITS, START + timedelta(hours=10, seconds=-1))
    assert lapsed(START, seen, LIMITS, START + timedelta(hours=10))


durations = st.timedeltas(timedelta(0), timedelta(days=3))
limits = st.builds(Limits, st.timedeltas(timedelta(seconds=1), timedelta(days=1)), durations)


@given(durations, durations, limits)
def test_it_lapses_once_and_for_all(seen_after: timedelta, later: timedelta, limit: Limits) -> None:
    seen = START + seen_after
    end = lapses_at(START, seen, limit)
    assert lapsed(START, seen, limit, end)
    assert lapsed(START, seen, limit, end + later)
    assert not lapsed(START, seen, limit, end - timedelta(microseconds=1))
    assert end <= START + limit.absolute
