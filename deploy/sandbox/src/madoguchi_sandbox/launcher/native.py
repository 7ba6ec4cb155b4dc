"""The native rung: Apache Kafka (one node, KRaft) and a server with MongoDB's protocol, from their published jars.

Maven fetches the jars that `deploy/native/pom.xml` names, once, into `~/.cache/madoguchi/native/<digest>` (below
`XDG_CACHE_HOME` when that is set); where Maven fetches from is its own settings' business. Data lies under the run-time
folder. Everything listens on loopback.
"""

import base64
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import uuid
from pathlib import Path
from typing import Final

PLAN: Final = Path(__file__).parents[4] / "native"
OLDEST_JAVA: Final = 17
INSTALL: Final = "Debian, Ubuntu: sudo apt-get install default-jre-headless maven"
FETCH_SECONDS: Final = 900

_QUIET: Final = ("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true")
_SMALL: Final = ("-Xms64m", "-XX:+ExitOnOutOfMemoryError", "-Djava.awt.headless=true")
_BROKER_MEMORY: Final = ("-Xmx256m", "-XX:+UseSerialGC")
# The store keeps ordered indexes, and what it read of its file, in memory: 256 MB were full after 50,000 requests. The
# serial collector would stop it for a third of a second every quarter of a minute.
_STORE_MEMORY: Final = ("-Xmx2g", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20")

ALONE: Final = {
    "process.roles": "broker,controller",
    "node.id": 1,
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    "offsets.topic.num.partitions": 4,
    "offsets.topic.replication.factor": 1,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
    "group.initial.rebalance.delay.ms": 0,
    # A broker killed with -9 is let in again when its former self counts as dead; there is nobody else to lead.
    "broker.session.timeout.ms": 3000,
    "broker.heartbeat.interval.ms": 500,
    # Else every partition, however empty, gets two index files of 10 MB.
    "log.index.size.max.bytes": 1 << 18,
    "log.cleaner.dedupe.buffer.size": 8 << 20,
}
"""Settings of a small Kafka node that is alone, wherever it listens and keeps its data."""


class NoServers(Exception):
    """The native rung cannot be had here; the message says what to do."""


def prepare(folder: Path, broker_port: int, controller_port: int) -> None:
    """Fetch the jars if they are not there, write Kafka's settings, format its storage. Raises `NoServers`."""
    libraries()
    settings = _settings_file(folder)
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(kafka_settings(_log_folder(folder), broker_port, controller_port))
    if not (_log_folder(folder) / "meta.properties").exists():
        _format(settings)


def kafka(folder: Path) -> list[str]:
    """The command line of the broker."""
    return [*_java(_BROKER_MEMORY), "kafka.Kafka", str(_settings_file(folder))]


def wire_server(folder: Path, port: int) -> list[str]:
    """The command line of the store."""
    return [*_java(_STORE_MEMORY), "WireServer", str(folder / "data" / "mongo" / "store.mv"), str(port)]


def kafka_settings(logs: Path, broker_port: int, controller_port: int) -> str:
    """Kafka's `server.properties`: what differs from its defaults, for one small node that is alone."""
    settings = {
        **ALONE,
        "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
        "listeners": f"PLAINTEXT://127.0.0.1:{broker_port},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{broker_port}",
        "inter.broker.listener.name": "PLAINTEXT",
        "log.dirs": logs,
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def libraries() -> Path:
    """The folder with the jars and our one class, made if it is not there. Raises `NoServers`."""
    _check_java()
    there = _cache()
    if not there.is_dir():
        there.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=there.parent, prefix="fetching-") as fresh:
            _fetch(Path(fresh))
            _compile(Path(fresh))
            if not there.is_dir():  # somebody else may have been quicker
                shutil.copytree(fresh, there.with_suffix(".new"), dirs_exist_ok=True)
                there.with_suffix(".new").rename(there)
    return there


def _cache() -> Path:
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in (PLAN / "pom.xml", *_sources()))).hexdigest()
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return root / "madoguchi" / "native" / digest[:16]


def _sources() -> list[Path]:
    return sorted(PLAN.glob("*.java"))


def _java(memory: tuple[str, ...]) -> list[str]:
    return ["java", *memory, *_SMALL, *_QUIET, "-cp", f"{_cache()}:{_cache()}/*"]


def _check_java() -> None:
    if shutil.which("java") is None:
        raise NoServers(f"There is no java here; the real servers need Java {OLDEST_JAVA} or newer.\n  {INSTALL}")
    said = _run(["java", "-version"]).stderr
    found = re.search(r'version "(\d+)', said)
    if found is None or int(found[1]) < OLDEST_JAVA:
        first = said.partition("\n")[0]
        raise NoServers(f"The real servers need Java {OLDEST_JAVA} or newer; here is {first}.\n  {INSTALL}")


def _fetch(target: Path) -> None:
    if shutil.which("mvn") is None:
        raise NoServers(f"There is no mvn (Maven) here; it fetches the real servers, once.\n  {INSTALL}")
    done = _run(
        ["mvn", "-q", "-B", "-f", str(PLAN / "pom.xml"), "dependency:copy-dependencies", f"-DoutputDirectory={target}"]
    )
    if done.returncode:
        errors = [line for line in done.stdout.splitlines() if "ERROR" in line][:4]
        raise NoServers(
            "Maven could not fetch the jars of Kafka and mongo-java-server:\n  "
            + "\n  ".join(errors)
            + "\n  Without a way to Maven's central repository, name your mirror in ~/.m2/settings.xml."
        )


def _compile(target: Path) -> None:
    jars = ":".join(str(jar) for jar in sorted(target.glob("*.jar")))
    compiler = ["java", "-cp", jars, "org.eclipse.jdt.internal.compiler.batch.Main"]
    done = _run([*compiler, f"-{OLDEST_JAVA}", "-cp", jars, "-d", str(target), *map(str, _sources())])
    if done.returncode:
        raise NoServers(f"The store could not be compiled:\n{done.stderr}")


def _format(settings: Path) -> None:
    named = ["--cluster-id", cluster_id(), "--config", str(settings)]
    done = _run([*_java(_BROKER_MEMORY), "kafka.tools.StorageTool", "format", *named])
    if done.returncode:
        raise NoServers(f"Kafka's storage could not be formatted:\n{done.stdout}{done.stderr}")


def cluster_id() -> str:
    """As Kafka makes them: a UUID in base64url, none that looks like an option."""
    while (made := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        continue
    return made


def _log_folder(folder: Path) -> Path:
    return folder / "data" / "kafka" / "logs"


def _settings_file(folder: Path) -> Path:
    return folder / "data" / "kafka" / "server.properties"


def _run(command: list[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=FETCH_SECONDS)  # noqa: S603 - our own command line
