"""Records that were read and may not be handled yet: those of retry topics wait for their `not-before`. Pure."""

from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

from madoguchi.bus.record import NOT_BEFORE, Record

P = TypeVar("P", bound=Hashable)


class Held(Generic[P]):
    """Records by partition, in order. A record that is not due holds back those behind it, which are due later.

    Times are milliseconds since 1970.
    """

    def __init__(self) -> None:
        self._records: dict[P, list[tuple[float, Record]]] = {}

    @property
    def partitions(self) -> set[P]:
        """Those that have something waiting, and should not be read meanwhile."""
        return set(self._records)

    def add(self, partition: P, records: Iterable[Record], now: float, longest: float) -> None:
        """Hold what was read at `now`, at most for `longest` (milliseconds): no wrong clock, here or where the record
        was written, may hold up a partition."""
        due = [(min(float(record.number(NOT_BEFORE)), now + longest), record) for record in records]
        self._records.setdefault(partition, []).extend(due)

    def clear(self) -> None:
        """Forget everything; it will be read again."""
        self._records.clear()

    def take_due(self, now: float) -> list[tuple[P, Record]]:
        """Remove and return what may be handled, in order."""
        taken: list[tuple[P, Record]] = []
        for partition, records in list(self._records.items()):
            first = next((i for i, (due, _) in enumerate(records) if due > now), len(records))
            taken += ((partition, record) for _, record in records[:first])
            if first == len(records):
                del self._records[partition]
            else:
                self._records[partition] = records[first:]
        return taken

    def wait(self, now: float, at_most: float) -> float:
        """Milliseconds until something is due, or `at_most`."""
        return max(0.0, min([at_most, *(records[0][0] - now for records in self._records.values())]))
