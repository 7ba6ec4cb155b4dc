"""Records of retry topics wait until they are due, and hold back only their own partition."""

from madoguchi.bus.held import Held
from madoguchi.bus.record import NOT_BEFORE, Record

LONG = 1e9
"""Milliseconds."""


def due_at(millis: int | None) -> Record:
    return Record("t", None, None, () if millis is None else ((NOT_BEFORE, str(millis).encode()),))


def test_only_what_is_due_is_handed_out_in_order() -> None:
    held: Held[str] = Held()
    first, second, third, free = due_at(100), due_at(200), due_at(150), due_at(None)
    held.add("retry", [first, second, third], 0, LONG)
    held.add("main", [free], 0, LONG)
    assert held.take_due(50) == [("main", free)]
    assert held.partitions == {"retry"}
    assert held.take_due(150) == [("retry", first)]
    assert held.take_due(200) == [("retry", second), ("retry", third)]
    assert held.partitions == set()


def test_waiting_is_until_the_next_is_due() -> None:
    held: Held[str] = Held()
    assert held.wait(0, 200) == 200
    held.add("a", [due_at(130)], 0, LONG)
    held.add("b", [due_at(120)], 0, LONG)
    assert held.wait(100, 200) == 20
    assert held.wait(500, 200) == 0
    held.clear()
    assert held.take_due(10**9) == []


def test_a_wrong_clock_holds_nothing_up() -> None:
    held: Held[str] = Held()
    far, free = due_at(9_999_999_999_999), due_at(None)
    held.add("a", [far, free], 1_000, 10_000)
    assert held.take_due(10_999) == []
    assert held.take_due(11_000) == [("a", far), ("a", free)]


def test_a_header_that_is_no_number_does_not_wait() -> None:
    held: Held[str] = Held()
    odd = Record("t", None, None, ((NOT_BEFORE, b"soon"),))
    held.add("a", [odd], 0, LONG)
    assert held.take_due(0) == [("a", odd)]
