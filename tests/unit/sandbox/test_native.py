"""The native rung without its servers: what is run where, and what is said when something is missing."""

import os
from pathlib import Path

import pytest

from madoguchi.contracts.flow import ALL_SERVICES
from madoguchi_sandbox.launcher import native
from madoguchi_sandbox.launcher.plan import BROKER, STORE, Layout, Rung, command, creating_topics, environment
from madoguchi_sandbox.launcher.stack import LaunchError, Stack

SERVICE = "identity"


def program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder with programs, and a cache with nothing in it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


def start(tmp_path: Path) -> str:
    with pytest.raises(LaunchError) as stopped:
        Stack(Layout(tmp_path / "run", 61_000, Rung.NATIVE)).start_all()
    return str(stopped.value)


def test_without_java_the_first_error_says_what_to_install(path: Path, tmp_path: Path) -> None:
    said = start(tmp_path)
    assert "no java here" in said
    assert "default-jre-headless" in said


def test_an_old_java_is_named(path: Path, tmp_path: Path) -> None:
    program(path, "java", "echo 'openjdk version \"11.0.2\" 2019-01-15' >&2")
    said = start(tmp_path)
    assert "Java 17 or newer" in said
    assert "11.0.2" in said


def test_without_maven_the_first_error_says_what_to_install(path: Path, tmp_path: Path) -> None:
    program(path, "java", "echo 'openjdk version \"21\" 2023-09-19' >&2")
    said = start(tmp_path)
    assert "no mvn" in said
    assert "maven" in said


def test_when_maven_fails_nothing_half_fetched_stays(path: Path, tmp_path: Path) -> None:
    program(path, "java", "echo 'openjdk version \"17.0.1\"' >&2")
    program(path, "mvn", "echo '[ERROR] Could not transfer artifact'; exit 1")
    assert "Could not transfer artifact" in start(tmp_path)
    assert not list((tmp_path / "cache" / "madoguchi" / "native").iterdir())


def test_kafka_listens_on_loopback_only(tmp_path: Path) -> None:
    settings = dict(line.split("=", 1) for line in native.kafka_settings(tmp_path, 1, 2).splitlines())
    assert settings["listeners"] == "PLAINTEXT://127.0.0.1:1,CONTROLLER://127.0.0.1:2"
    assert settings["auto.create.topics.enable"] == "false"


def test_services_know_two_addresses_and_nothing_else_of_the_rung(tmp_path: Path) -> None:
    rungs = (
        Layout(tmp_path),
        Layout(tmp_path, rung=Rung.NATIVE),
        Layout(tmp_path, rung=Rung.ELSEWHERE, kafka="k:9092", mongodb="mongodb://m/?replicaSet=rs0"),
    )
    told = [environment(layout, SERVICE) for layout in rungs]
    where = [(one.pop("KAFKA_BOOTSTRAP_SERVERS"), one.pop("MONGODB_URI")) for one in told]
    assert told[0] == told[1] == told[2]
    assert where == [
        ("127.0.0.1:8492", f"sqlite://{tmp_path}/data"),
        ("127.0.0.1:8492", "mongodb://127.0.0.1:8494"),
        ("k:9092", "mongodb://m/?replicaSet=rs0"),
    ]
    assert {tuple(command(layout, SERVICE)) for layout in rungs} == {tuple(command(rungs[0], SERVICE))}


def test_what_is_started_and_which_ports_are_needed(tmp_path: Path) -> None:
    native_rung = Layout(tmp_path, rung=Rung.NATIVE)
    assert native_rung.servers == (BROKER, STORE)
    assert {"controller", STORE} <= set(native_rung.ports())
    assert set(Layout(tmp_path).ports()) == {BROKER, "sandbox", "smtp", *ALL_SERVICES}
    assert not {BROKER, STORE} & set(Layout(tmp_path, rung=Rung.ELSEWHERE, kafka="k", mongodb="m").ports())


def test_topics_are_sized_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOPIC_PARTITIONS", "12")
    line, variables = creating_topics(Layout(tmp_path, rung=Rung.NATIVE))
    assert line[1:] == ["topics", "create"]
    assert variables["TOPIC_PARTITIONS"] == "12"
    assert variables["PATH"] == os.environ["PATH"]


def test_no_file_names_where_jars_come_from() -> None:
    pom = (native.PLAN / "pom.xml").read_text()
    assert "<repositor" not in pom
    assert "<url" not in pom
