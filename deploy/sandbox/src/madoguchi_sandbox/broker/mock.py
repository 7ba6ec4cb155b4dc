"""The child process: librdkafka's mock cluster, reached through the library inside the `confluent-kafka` wheel.

Usage: `python -m madoguchi_sandbox.broker.mock HOST PORT`. HOST and PORT are what it tells clients to connect to. It
prints `<host>:<port>` of its own socket, then runs until its standard input ends, so that it never outlives its parent.
Topics come into being, with four partitions, when a client first asks for them.
"""

import ctypes
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

BROKER_ID: Final = 1
GATHER_MILLIS: Final = 100
"""How long a new consumer group waits for more members; the library's own three seconds slow every start down."""
_PRODUCER: Final = 0


class NoBroker(Exception):
    """The library could not be found, or refused."""


def library() -> Path:
    """The shared library inside the installed wheel."""
    spec = find_spec("confluent_kafka")
    if spec is None or spec.origin is None:
        raise NoBroker("confluent-kafka is not installed")
    package = Path(spec.origin).parent
    for folder in (package.parent / "confluent_kafka.libs", package / ".dylibs"):
        for path in sorted(folder.glob("librdkafka*")):
            return path
    raise NoBroker(f"no librdkafka beside {package}: install confluent-kafka from its wheel")


class Cluster:
    """A mock cluster of one broker. Lives as long as the process."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(str(library()))
        conf = self._call("rd_kafka_conf_new", ctypes.c_void_p)
        errors = ctypes.create_string_buffer(512)
        if self._call("rd_kafka_conf_set", ctypes.c_int, _p(conf), b"log_level", b"3", errors, _size(errors)):
            raise NoBroker(errors.value.decode())
        handle = self._call("rd_kafka_new", ctypes.c_void_p, _PRODUCER, _p(conf), errors, _size(errors))
        if not handle:
            raise NoBroker(errors.value.decode())
        self._cluster = _p(self._call("rd_kafka_mock_cluster_new", ctypes.c_void_p, _p(handle), 1))
        self._call("rd_kafka_mock_group_initial_rebalance_delay_ms", None, self._cluster, ctypes.c_int32(GATHER_MILLIS))

    @property
    def address(self) -> str:
        """`<host>:<port>` of its socket."""
        address: bytes = self._call("rd_kafka_mock_cluster_bootstraps", ctypes.c_char_p, self._cluster)
        return address.decode()

    def advertise(self, host: str, port: int) -> None:
        """Tell clients to connect to this address instead."""
        broker, function = ctypes.c_int32(BROKER_ID), "rd_kafka_mock_broker_set_host_port"
        code = self._call(function, ctypes.c_int, self._cluster, broker, host.encode(), port)
        if code:
            raise NoBroker(f"{function} failed with {code}")

    def _call(self, function: str, result: Any, *arguments: Any) -> Any:
        pointer = getattr(self._library, function)
        pointer.restype = result
        return pointer(*arguments)


def _p(address: int) -> ctypes.c_void_p:
    return ctypes.c_void_p(address)


def _size(buffer: "ctypes.Array[ctypes.c_char]") -> ctypes.c_size_t:
    return ctypes.c_size_t(len(buffer))


def main(arguments: list[str]) -> None:
    """Run until standard input ends."""
    host, port = arguments
    cluster = Cluster()
    cluster.advertise(host, int(port))
    sys.stdout.write(cluster.address + "\n")
    sys.stdout.flush()
    sys.stdin.buffer.read()


if __name__ == "__main__":
    main(sys.argv[1:])
