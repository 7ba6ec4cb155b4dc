"""The little of Kafka's request format that the front must understand. Pure."""

import struct
from typing import Final

_SYNC_GROUP: Final = 14
_FIRST_FLEXIBLE: Final = 4
"""Requests of this version and later are encoded in another way; no client we use sends them."""


def is_leaders_sync(request: bytes) -> bool:
    """Whether this request (without its length) is the SyncGroup of a leader, which hands out partitions."""
    key, version = struct.unpack_from(">hh", request)
    if key != _SYNC_GROUP or version >= _FIRST_FLEXIBLE:
        return False
    try:
        at = _after_text(request, 8)  # client id
        at = _after_text(request, at) + 4  # group, generation
        at = _after_text(request, at)  # member
        if version == _FIRST_FLEXIBLE - 1:
            at = _after_text(request, at)  # group instance
        return bool(struct.unpack_from(">i", request, at)[0] > 0)
    except struct.error:
        return False


def _after_text(request: bytes, at: int) -> int:
    (length,) = struct.unpack_from(">h", request, at)
    return int(at + 2 + max(0, length))
