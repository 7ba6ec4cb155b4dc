"""A Kafka record as the rest of the bus sees it, and the headers we add when a record takes a detour."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Headers = tuple[tuple[str, bytes | None], ...]

NOT_BEFORE = "not-before"
"""Milliseconds since 1970, UTC: a record of a retry topic is not handled earlier."""
ATTEMPTS = "attempts"
"""How often handling it was tried; each try counts the in-process retries as one."""
ORIGINAL_TOPIC = "original-topic"
ORIGINAL_PARTITION = "original-partition"
ORIGINAL_OFFSET = "original-offset"
ERROR = "error"
"""Class of the error, or the reason why it could not be read. Never a text: texts quote people."""
REPLAYED = "replayed"
"""On a marker in a dead-letter topic: `<partition>:<offset>` of the record that was replayed."""
DISCARDED = "discarded"
"""Likewise, of a record that is not to be handled any more."""
REASON = "reason"
"""Beside `discarded`: why, as a code."""

DETOUR = frozenset(
    {NOT_BEFORE, ATTEMPTS, ORIGINAL_TOPIC, ORIGINAL_PARTITION, ORIGINAL_OFFSET, ERROR, REPLAYED, DISCARDED, REASON}
)


@dataclass(frozen=True, slots=True)
class Record:
    """Bytes under a key, with headers; `partition`, `offset` and `at` once the broker has it."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    partition: int = -1
    offset: int = -1
    at: int = -1
    """Milliseconds since 1970, UTC."""

    def header(self, name: str) -> str | None:
        """The first header of that name as text, or None when absent or not text."""
        for key, value in self.headers:
            if key == name and value is not None:
                try:
                    return value.decode("utf-8")
                except UnicodeDecodeError:
                    return None
        return None

    def number(self, name: str, default: int = 0) -> int:
        """The header as a whole number, or `default` when it is not one."""
        text = self.header(name)
        return int(text) if text is not None and text.isascii() and text.isdecimal() and len(text) < 20 else default

    @property
    def origin(self) -> "Origin":
        """Where it was first published, whatever detours it took."""
        topic = self.header(ORIGINAL_TOPIC)
        if topic is None:
            return Origin(self.topic, self.partition, self.offset)
        return Origin(topic, self.number(ORIGINAL_PARTITION, -1), self.number(ORIGINAL_OFFSET, -1))


@dataclass(frozen=True, slots=True)
class Origin:
    """A place in the log."""

    topic: str
    partition: int
    offset: int


def received(raw: Any) -> Record:
    """What the Kafka client read, as a record."""
    return Record(raw.topic, raw.key, raw.value, tuple(raw.headers), raw.partition, raw.offset, raw.timestamp)


def without(headers: Headers, names: Iterable[str]) -> Headers:
    """The headers but for those of these names (compared without case)."""
    gone = {name.lower() for name in names}
    return tuple((key, value) for key, value in headers if key.lower() not in gone)
