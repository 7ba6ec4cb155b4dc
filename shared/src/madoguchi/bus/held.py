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
        self._records: dict[P, list[Record]] = {}

    @property
    def partitions(self) -> set[P]:
        """Those that have something waiting, and should not be read meanwhile."""
        return set(self._records)

    def add(self, partition: P, records: Iterable[Record]) -> None:
        """Hold what was read."""
        self._records.setdefault(partition, []).extend(records)

    def clear(self) -> None:
        """Forget everything; it will be read again."""
        self._records.clear()

    def take_due(self, now: float) -> list[tuple[P, Record]]:
        """Remove and return what may be handled, in order."""
        due: list[tuple[P, Record]] = []
        for partition, records in list(self._records.items()):
            first = next((i for i, record in enumerate(records) if record.number(NOT_BEFORE) > now), len(records))
            due += ((partition, record) for record in records[:first])
            if first == len(records):
                del self._records[partition]
            else:
                self._records[partition] = records[first:]
        return due

    def wait(self, now: float, at_most: float) -> float:
        """Milliseconds until something is due, or `at_most`."""
        return max(0.0, min([at_most, *(records[0].number(NOT_BEFORE) - now for records in self._records.values())]))
