"""How far a partition may be committed: up to the first record that is not finished. Pure."""


class Progress:
    """One assigned partition. Offsets are taken in ascending order (with gaps, perhaps) and finished in any."""

    __slots__ = ("_committed", "_open", "_top")

    def __init__(self) -> None:
        self._open: dict[int, None] = {}  # insertion order is the order of offsets
        self._top: int | None = None
        self._committed: int | None = None

    @property
    def open(self) -> int:
        """How many are taken and not finished."""
        return len(self._open)

    def first_open(self) -> int | None:
        """The first record that is taken and not finished."""
        return next(iter(self._open), None)

    def take(self, offset: int) -> None:
        """Note that a record is being handled."""
        if self._committed is None:
            self._committed = offset
        self._open[offset] = None
        self._top = offset + 1

    def went_back(self, offset: int) -> bool:
        """Whether `offset` was passed before: the broker lost its log and began another."""
        return self._top is not None and offset < self._top

    def finish(self, offset: int) -> None:
        """Note that it is done with."""
        self._open.pop(offset, None)

    def committable(self) -> int | None:
        """The offset to commit, or None when there is nothing new."""
        position = next(iter(self._open), self._top)
        return None if position == self._committed else position

    def committed(self, offset: int) -> None:
        """Note what the broker has recorded."""
        self._committed = offset
