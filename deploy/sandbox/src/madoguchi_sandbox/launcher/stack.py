"""The processes of one system: start, wait until ready, kill, stop. For `make up`, `make demo` and the tests."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import Final

import httpx

from madoguchi.contracts.flow import ALL_SERVICES
from madoguchi_sandbox.launcher import native
from madoguchi_sandbox.launcher.plan import (
    BROKER,
    CONTROLLER,
    SANDBOX,
    STORE,
    Layout,
    Rung,
    command,
    creating_topics,
    environment,
    taken_ports,
)

_HTTP: Final = httpx.Client(timeout=2, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))
"""Made once: each new client reads the system's certificates, which costs more than the question."""

READY_WITHIN = 60.0
"""Seconds until a process must be ready; a cold start on a slow disk takes about a quarter of it."""


class LaunchError(Exception):
    """The system could not start; the message says what to do."""


@dataclass(slots=True)
class Stack:
    """The processes of one `Layout`, remembered in `<folder>/run.json` so that another command can stop them."""

    layout: Layout
    pids: dict[str, int] = field(default_factory=dict)
    children: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @classmethod
    def running(cls, layout: Layout) -> "Stack | None":
        """The system that an earlier command left running in this folder, if any of it lives."""
        try:
            saved = json.loads(_run_file(layout).read_text())
        except (OSError, ValueError):
            return None
        pids = {name: pid for name, pid in saved["pids"].items() if _alive(pid)}
        where = Layout(layout.folder, saved["base_port"], Rung(saved["rung"]), saved["kafka"], saved["mongodb"])
        return cls(where, pids) if pids else None

    def start_all(self, instances: Iterable[int] = (0,)) -> None:
        """Start everything, each service so often. Raises `LaunchError` when a port is taken or one is not ready."""
        self.start_servers(SANDBOX)
        for name, instance in product(ALL_SERVICES, instances):
            self.start(name, instance)
        self.wait_ready(*self.pids)

    def start_servers(self, *beside: str) -> None:
        """Start what the services need, and `beside`; make the topics (the embedded broker makes its own)."""
        if taken := taken_ports(self.layout):
            ports = ", ".join(f"{port} ({name})" for name, port in taken.items())
            raise LaunchError(
                f"Port(s) taken: {ports}. Stop what listens there (`make down` for an earlier run), "
                "or choose other ports: `make up PORT_BASE=9400`."
            )
        self.begin_servers(*beside)

    def begin_servers(self, *beside: str) -> None:
        """The same, though other processes of this layout may be running."""
        for sub in ("data", "logs", "traces"):
            (self.layout.folder / sub).mkdir(parents=True, exist_ok=True)
        if self.layout.rung is Rung.NATIVE:
            self._prepare_servers()
        for name in (*self.layout.servers, *beside):
            self.start(name)
        if self.layout.rung is not Rung.EMBEDDED:
            self.wait_ready(*self.layout.servers)
            self._create_topics()

    def start(self, name: str, instance: int = 0, more: Mapping[str, str] = MappingProxyType({})) -> int:
        """Start one process (a further `instance` of a service has the key `<name>-<instance>`), with `more` in its
        environment. Returns its pid."""
        key = name if instance == 0 else f"{name}-{instance}"
        with (self.layout.logs / f"{key}.log").open("ab") as log:
            child = subprocess.Popen(  # noqa: S603 - our own command line
                command(self.layout, name),
                env={**environment(self.layout, name, instance), **more},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.layout.folder,
                start_new_session=True,
            )
        self.children[key], self.pids[key] = child, child.pid
        self._remember()
        return child.pid

    def wait_ready(self, *names: str, within: float = READY_WITHIN) -> None:
        """Wait until each named process says that it is ready. Raises `LaunchError` with the end of its log."""
        end = time.monotonic() + within
        for name in names:
            while not self.ready(name):
                if not self.alive(name):
                    raise LaunchError(f"{name} stopped while starting. {self._last_words(name)}")
                if time.monotonic() > end:
                    raise LaunchError(f"{name} is not ready after {within:.0f} s. {self._last_words(name)}")
                time.sleep(0.05)

    def ready(self, key: str) -> bool:
        """Whether a process answers."""
        name, instance = _named(key)
        if name in (BROKER, STORE):
            return not _free(self.layout.port(name))
        path = "/health/ready" if name in ALL_SERVICES else "/"
        try:
            return _HTTP.get(self.layout.url(name, instance) + path).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def alive(self, key: str) -> bool:
        """Whether the process runs."""
        child = self.children.get(key)
        return _alive(self.pids[key]) if child is None else child.poll() is None

    def kill(self, key: str) -> None:
        """`kill -9`: the process gets no chance to do anything. Its worker processes go with it."""
        _signal_group(self.pids[key], signal.SIGKILL)
        self._reap(key, 10)

    def terminate(self, key: str, within: float = 30.0) -> None:
        """SIGTERM, so that it drains; SIGKILL when it has not ended in time."""
        pid = self.pids.get(key)
        if pid is None:
            return
        _signal(pid, signal.SIGTERM)
        if not self._reap(key, within):
            _signal_group(pid, signal.SIGKILL)
            self._reap(key, 5)
        self.pids.pop(key, None)
        self.children.pop(key, None)

    def stop_all(self) -> None:
        """Stop everything, services first, and leave nothing running."""
        last = (SANDBOX, STORE, BROKER)
        order = sorted(self.pids, key=lambda key: last.index(key) if key in last else -1)
        for key in order:
            if key not in last:
                _signal(self.pids[key], signal.SIGTERM)  # they drain side by side
        for key in order:
            self.terminate(key)
        _run_file(self.layout).unlink(missing_ok=True)

    def _prepare_servers(self) -> None:
        try:
            native.prepare(self.layout.folder, self.layout.port(BROKER), self.layout.port(CONTROLLER))
        except native.NoServers as error:
            raise LaunchError(str(error)) from None

    def _create_topics(self) -> None:
        """A broker that keeps what it is told makes no topic by itself."""
        line, variables = creating_topics(self.layout)
        end = time.monotonic() + READY_WITHIN
        while True:
            done = subprocess.run(line, env=variables, capture_output=True, text=True, check=False)  # noqa: S603 - our own command line
            if done.returncode == 0:
                return
            if time.monotonic() > end:
                raise LaunchError(f"The topics could not be made at {self.layout.bootstrap_servers}: {done.stderr}")
            time.sleep(0.2)

    def _reap(self, key: str, within: float) -> bool:
        end = time.monotonic() + within
        while time.monotonic() < end:
            if not self.alive(key):
                return True
            time.sleep(0.02)
        return not self.alive(key)

    def _remember(self) -> None:
        where = self.layout
        state = {
            "base_port": where.base_port,
            "rung": where.rung,
            "kafka": where.kafka,
            "mongodb": where.mongodb,
            "pids": dict(self.pids),  # others may be started meanwhile
        }
        _run_file(self.layout).write_text(json.dumps(state))

    def _last_words(self, name: str) -> str:
        log = self.layout.logs / f"{name}.log"
        lines = log.read_text(errors="replace").splitlines()[-12:] if log.exists() else []
        return f"The end of {log}:\n" + "\n".join(lines)


def _run_file(layout: Layout) -> Path:
    return layout.folder / "run.json"


def _named(key: str) -> tuple[str, int]:
    name, _, number = key.rpartition("-")
    return (name, int(number)) if number.isdigit() else (key, 0)


def _free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _signal_group(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return
