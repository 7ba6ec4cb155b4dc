"""What runs where on the embedded rung: processes, ports, folders, environment. Pure but for reading `os.environ`."""

import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from madoguchi.contracts.flow import SERVICES

BROKER = "broker"
SANDBOX = "sandbox"
PROCESSES = (BROKER, SANDBOX, *SERVICES)
"""In the order they are started; stopped in the reverse order."""

_OFFSETS = {"request-intake": 1, "identity": 2, "issuance": 3, "notify": 4, SANDBOX: 5, "smtp": 25, BROKER: 92}
DEFAULT_BASE_PORT = 8400


@dataclass(frozen=True, slots=True)
class Layout:
    """Folders and ports of one system on this machine; everything listens on loopback only."""

    folder: Path
    base_port: int = DEFAULT_BASE_PORT

    def port(self, name: str) -> int:
        """TCP port of a process, or of `smtp`."""
        return self.base_port + _OFFSETS[name]

    def url(self, name: str) -> str:
        """HTTP address of a process."""
        return f"http://127.0.0.1:{self.port(name)}"

    @property
    def logs(self) -> Path:
        """One file per process."""
        return self.folder / "logs"

    def ports(self) -> dict[str, int]:
        """Every port that must be free."""
        return {name: self.port(name) for name in _OFFSETS}


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
        ]
    return [_script(name)]


def environment(layout: Layout, name: str, instance: int = 0) -> dict[str, str]:
    """The environment of a process: what a container's manifest would set."""
    own = {
        "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{layout.port(BROKER)}",
        "KAFKA_SESSION_SECONDS": "6",
        "MONGODB_URI": f"sqlite://{layout.folder / 'data'}",
        "TOWNS_DIR": str(layout.folder / "municipalities"),
        "SECRETS_DIR": str(layout.folder / "secrets"),
        "HTTP_HOST": "127.0.0.1",
        "HTTP_PORT": str(layout.port(name) if instance == 0 else 0),
        "TRACE_FILE": str(layout.folder / "traces" / f"{name}-{instance}.jsonl"),
        "INTAKE_PUBLIC_URL": layout.url("request-intake"),
        "ISSUANCE_PUBLIC_URL": layout.url("issuance"),
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(layout.port("smtp")),
    }
    inherited = {key: value for key, value in os.environ.items() if key in _INHERITED}
    tuned = {key: value for key, value in os.environ.items() if key in _TUNABLE}
    return {**inherited, **own, **tuned, "PYTHONUNBUFFERED": "1"}


_INHERITED = {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV"}
_TUNABLE = {
    "API_RATE_PER_MINUTE",
    "CERTIFICATE_WORKERS",
    "PROVIDER_SECONDS",
    "CRL_PATIENCE_SECONDS",
    "CRL_REFRESH_SECONDS",
    "DRAIN_SECONDS",
    "LOG_LEVEL",
    "PAGE_RATE_PER_MINUTE",
    "REDRIVE_SECONDS",
    "SWEEP_SECONDS",
    "VERIFY_PER_MINUTE",
}
