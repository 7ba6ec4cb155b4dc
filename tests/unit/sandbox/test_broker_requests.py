"""The one Kafka request that the front of the embedded broker knows by sight."""

import struct

import pytest
from aiokafka.protocol.group import SyncGroupRequest_v1, SyncGroupRequest_v3
from hypothesis import given
from hypothesis import strategies as st

from madoguchi_sandbox.broker.requests import is_leaders_sync


def request(key: int, version: int, body: bytes, client: str | None = "notify") -> bytes:
    name = b"" if client is None else client.encode()
    return struct.pack(">hhih", key, version, 7, -1 if client is None else len(name)) + name + body


@pytest.mark.parametrize("client", ["notify", "", None])
def test_a_leader_hands_out_partitions_a_member_does_not(client: str | None) -> None:
    assignment = [("member-1", b"\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00")]
    for version, leader, member in (
        (1, SyncGroupRequest_v1("g", 3, "m", assignment), SyncGroupRequest_v1("g", 3, "m", [])),
        (3, SyncGroupRequest_v3("g", 3, "m", None, assignment), SyncGroupRequest_v3("g", 3, "m", None, [])),
    ):
        assert is_leaders_sync(request(14, version, leader.encode(), client))
        assert not is_leaders_sync(request(14, version, member.encode(), client))


def test_other_requests_are_not_it() -> None:
    body = SyncGroupRequest_v1("g", 3, "m", [("a", b"b")]).encode()
    assert not is_leaders_sync(request(0, 1, body))
    assert not is_leaders_sync(request(14, 4, body))


@given(st.binary(min_size=4))
def test_whatever_the_bytes_it_answers(data: bytes) -> None:
    is_leaders_sync(data)
    is_leaders_sync(b"\x00\x0e\x00\x01" + data)
