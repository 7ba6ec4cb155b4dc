"""What runs where: processes, ports, folders, environment. Pure but for reading `os.environ`."""

import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from madoguchi.contracts.flow import ALL_SERVICES, CONSOLE
from madoguchi_sandbox.launcher import native
from madoguchi_sandbox.staff import CLIENT_ID, CLIENT_KEY
from madoguchi_sandbox.staff import PATH as STAFF

BROKER = "broker"
STORE = "store"
CONTROLLER = "controller"
SANDBOX = "sandbox"

_OFFSETS = {
    "request-intake": 1,
    "identity": 2,
    "issuance": 3,
    "notify": 4,
    SANDBOX: 5,
    CONSOLE: 6,
    "smtp": 25,
    BROKER: 92,
    CONTROLLER: 93,
    STORE: 94,
}
DEFAULT_BASE_PORT = 8400


class Rung(StrEnum):
    """On what the services run. They do not know it: two addresses in their environment are all that differs."""

    EMBEDDED = "embedded"
    """The sandbox's own broker, which holds everything in memory, and SQLite files."""
    NATIVE = "native"
    """Apache Kafka and a server that speaks MongoDB's protocol, started here."""
    ELSEWHERE = "elsewhere"
    """Kafka and MongoDB that run already, at addresses that are given."""


SERVERS = {Rung.EMBEDDED: (BROKER,), Rung.NATIVE: (BROKER, STORE), Rung.ELSEWHERE: ()}
"""What is started before anything else."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Folders and ports of one system on this machine; everything listens on loopback only."""

    folder: Path
    base_port: int = DEFAULT_BASE_PORT
    rung: Rung = Rung.EMBEDDED
    kafka: str = ""
    """Bootstrap servers of the rung `elsewhere`."""
    mongodb: str = ""
    """Address of the store of the rung `elsewhere`."""

    @property
    def servers(self) -> tuple[str, ...]:
        """The processes that the others need."""
        return SERVERS[self.rung]

    @property
    def processes(self) -> tuple[str, ...]:
        """All, in the order they are started; stopped in the reverse order."""
        return (*self.servers, SANDBOX, *ALL_SERVICES)

    @property
    def bootstrap_servers(self) -> str:
        """Where Kafka is."""
        return self.kafka or f"127.0.0.1:{self.port(BROKER)}"

    @property
    def store_uri(self) -> str:
        """Where the store is."""
        if self.rung is Rung.NATIVE:
            return f"mongodb://127.0.0.1:{self.port(STORE)}"
        return self.mongodb or f"sqlite://{self.folder / 'data'}"

    def port(self, name: str, instance: int = 0) -> int:
        """TCP port of a process, or of `smtp`; of a further instance, where it is asked for its health."""
        return self.base_port + _OFFSETS[name] + 10 * instance

    def url(self, name: str, instance: int = 0) -> str:
        """HTTP address of a process."""
        return f"http://127.0.0.1:{self.port(name, instance)}"

    @property
    def logs(self) -> Path:
        """One file per process."""
        return self.folder / "logs"

    def ports(self) -> dict[str, int]:
        """Every port that must be free."""
        controller = (CONTROLLER,) if self.rung is Rung.NATIVE else ()
        return {name: self.port(name) for name in (*self.processes, "smtp", *controller)}


def taken_ports(layout: Layout) -> dict[str, int]:
    """The ports that someone else listens on."""
    taken = {}
    for name, port in layout.ports().items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                taken[name] = port
    return taken


def _script(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def command(layout: Layout, name: str) -> list[str]:
    """The command line of a process."""
    if layout.rung is Rung.NATIVE and name == BROKER:
        return native.kafka(layout.folder)
    if layout.rung is Rung.NATIVE and name == STORE:
        return native.wire_server(layout.folder, layout.port(STORE))
    if name == BROKER:
        return [_script("madoguchi-sandbox"), "broker", "--port", str(layout.port(BROKER))]
    if name == SANDBOX:
        return [
            _script("madoguchi-sandbox"),
            "serve",
            "--dir",
            str(layout.folder),
            "--port",
            str(layout.port(SANDBOX)),
            "--smtp-port",
            str(layout.port("smtp")),
            "--intake-url",
            layout.url("request-intake"),
            "--issuance-url",
            layout.url("issuance"),
            "--console-url",
            layout.url(CONSOLE),
        ]
    return [_script(name)]


def environment(layout: Layout, name: str, instance: int = 0) -> dict[str, str]:
    """The environment of a process: what a container's manifest would set."""
    own = {
        "KAFKA_BOOTSTRAP_SERVERS": layout.bootstrap_servers,
        "KAFKA_SESSION_SECONDS": "6",
        "MONGODB_URI": layout.store_uri,
        "TOWNS_DIR": str(layout.folder / "municipalities"),
        "SECRETS_DIR": str(layout.folder / "secrets"),
        "HTTP_HOST": "127.0.0.1",
        "HTTP_PORT": str(layout.port(name, instance)),
        "TRACE_FILE": str(layout.folder / "traces" / f"{name}-{instance}.jsonl"),
        "INTAKE_PUBLIC_URL": layout.url("request-intake"),
        "ISSUANCE_PUBLIC_URL": layout.url("issuance"),
        "CONSOLE_PUBLIC_URL": layout.url(CONSOLE),
        "OIDC_ISSUER": f"{layout.url(SANDBOX)}{STAFF}",
        "OIDC_CLIENT_ID": CLIENT_ID,
        "OIDC_CLIENT_CREDENTIAL": f"file:{CLIENT_KEY}",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(layout.port("smtp")),
    }
    return {**_from_here(_INHERITED), **own, **_from_here(_TUNABLE), "PYTHONUNBUFFERED": "1"}


def creating_topics(layout: Layout) -> tuple[list[str], dict[str, str]]:
    """Command line and environment of what makes the topics of `FLOW`."""
    where = {"KAFKA_BOOTSTRAP_SERVERS": layout.bootstrap_servers}
    return [_script("madoguchi"), "topics", "create"], {**_from_here(_INHERITED | _TOPICS), **where}


def _from_here(names: set[str]) -> Mapping[str, str]:
    return {name: value for name, value in os.environ.items() if name in names}


_INHERITED = {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV"}
_TOPICS = {
    "DEAD_LETTER_DAYS",
    "TOPIC_MIN_IN_SYNC",
    "TOPIC_PARTITIONS",
    "TOPIC_REPLICAS",
    "TOPIC_RETENTION_DAYS",
}
_TUNABLE = {
    "API_RATE_PER_MINUTE",
    "CERTIFICATE_WORKERS",
    "PROVIDER_SECONDS",
    "CRL_PATIENCE_SECONDS",
    "CRL_REFRESH_SECONDS",
    "DRAIN_SECONDS",
    "ERASURE_JOURNAL_URI",
    "GAUGES_SECONDS",
    "LOG_LEVEL",
    "MONGO_DRIVER",
    "PAGE_RATE_PER_MINUTE",
    "REDRIVE_SECONDS",
    "SWEEP_SECONDS",
    "VERIFY_PER_MINUTE",
    "DOWNLOAD_PER_MINUTE",
}
