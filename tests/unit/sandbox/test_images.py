"""Containers without an engine: what images are told, and what is said when one cannot be built."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from containers import DEFAULT_IMAGES, LABEL, kafka_environment, mongodb_command
from madoguchi_sandbox.launcher import native

IMAGES = native.PLAN.with_name("images")
FROM_THE_SYSTEM = ("dirname", "grep", "head", "id", "mktemp", "rm", "tail")


def in_the_image(variables: dict[str, str]) -> dict[str, str]:
    """What Kafka's own wrapper makes of its variables: `kafka.docker.KafkaDockerWrapper`."""
    names = {name: name.removeprefix("KAFKA_").lower().replace("_", ".") for name in variables}
    return {names[name].replace("...", "-").replace("..", "_"): value for name, value in variables.items()}


def test_a_container_has_the_settings_of_the_native_rung_and_other_addresses(tmp_path: Path) -> None:
    native_rung = dict(line.split("=", 1) for line in native.kafka_settings(tmp_path, 1, 2).splitlines())
    container = in_the_image(kafka_environment("docker.test", 40_001))
    differ = {name for name in container.keys() | native_rung.keys() if container.get(name) != native_rung.get(name)}
    assert differ == {
        "advertised.listeners",
        "controller.quorum.voters",
        "inter.broker.listener.name",
        "listener.security.protocol.map",
        "listeners",
        "log.dirs",
    }


def test_clients_are_told_the_address_outside_and_the_broker_itself_the_one_inside() -> None:
    settings = in_the_image(kafka_environment("docker.test", 40_001))
    advertised = dict(one.split("://") for one in settings["advertised.listeners"].split(","))
    listening = dict(one.split("://") for one in settings["listeners"].split(","))
    assert advertised["OUTSIDE"] == "docker.test:40001"
    assert advertised[settings["inter.broker.listener.name"]] == listening[settings["inter.broker.listener.name"]]
    assert set(listening) == {one.split(":")[0] for one in settings["listener.security.protocol.map"].split(",")}


def test_mongodb_is_a_replica_set_unless_the_image_knows_none() -> None:
    assert mongodb_command({})[:2] == ["--replSet", "rs0"]
    assert mongodb_command({LABEL: "none"}) == []
    assert f'{LABEL}="none"' in (IMAGES / "Dockerfile").read_text()


def test_images_are_named_with_a_version() -> None:
    assert all(name.rpartition(":")[2][0].isdigit() for name in DEFAULT_IMAGES.values())
    assert (
        f"<version>{DEFAULT_IMAGES['KAFKA_IMAGE'].rpartition(':')[2]}</version>"
        in (native.PLAN / "pom.xml").read_text()
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The only folder with programs."""
    for name in FROM_THE_SYSTEM:
        found = shutil.which(name)
        assert found is not None
        (tmp_path / name).symlink_to(found)
    return tmp_path


def program(folder: Path, name: str, text: str) -> None:
    (folder / name).unlink(missing_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def base(path: Path) -> str:
    """What is said when the base image cannot be made."""
    return said_by(path, "base.sh")


def said_by(path: Path, script: str, *arguments: str) -> str:
    """What a script says that stops at once."""
    done = subprocess.run(
        ["/bin/sh", str(IMAGES / script), *arguments],
        env={"PATH": str(path), "DEBIAN_RELEASE": "bookworm", "TMPDIR": os.environ.get("TMPDIR", "/tmp")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    return done.stderr


def with_an_engine(path: Path) -> None:
    """One that has no image yet."""
    program(path, "docker", '[ "$1" = version ]')
    program(path, "apt-cache", "case $* in *openjdk-17*) echo openjdk-17-jre-headless ;; esac")


def test_without_docker_the_first_error_says_what_to_install(path: Path) -> None:
    assert "apt-get install docker.io" in base(path)


def test_without_an_engine_the_first_error_says_what_to_start(path: Path) -> None:
    program(path, "docker", "echo 'Cannot connect to the Docker daemon' >&2; exit 1")
    said = base(path)
    assert "no Docker engine answers: Cannot connect" in said
    assert "systemctl start docker" in said


def test_without_debootstrap_the_first_error_says_what_to_install(path: Path) -> None:
    with_an_engine(path)
    assert "apt-get install debootstrap" in base(path)


def test_who_is_not_root_is_told_what_needs_it(path: Path) -> None:
    with_an_engine(path)
    program(path, "debootstrap", "exit 1")
    program(path, "id", "echo 1000")
    assert f"sudo sh {IMAGES}/base.sh" in base(path)


def test_without_a_mirror_the_first_error_names_the_variable(path: Path) -> None:
    with_an_engine(path)
    program(path, "debootstrap", "exit 1")
    program(path, "id", "echo 0")
    assert "DEBIAN_MIRROR" in base(path)


def test_when_debootstrap_fails_its_last_words_are_shown(path: Path) -> None:
    with_an_engine(path)
    program(path, "apt-get", "echo mirror.test")
    program(path, "debootstrap", 'echo "E: $* says no"; exit 1')
    program(path, "id", "echo 0")
    said = base(path)
    assert "says no" in said
    assert "openjdk-17-jre-headless bookworm" in said
    assert "mirror.test" in said


@pytest.mark.parametrize(
    ("script", "arguments", "stopped"),
    [("service.sh", ("identity",), "No images:"), ("demo.sh", ("results", "10000"), "No demo in containers:")],
)
def test_who_has_no_docker_or_may_not_use_it_is_told_at_once(
    path: Path, script: str, arguments: tuple[str, ...], stopped: str
) -> None:
    assert f"{stopped} there is no docker here." in said_by(path, script, *arguments)
    program(path, "docker", "echo 'permission denied while trying to connect' >&2; exit 1")
    said = said_by(path, script, *arguments)
    assert f"{stopped} no Docker engine answers: permission denied" in said
    assert "usermod -aG docker" in said


def test_without_compose_the_demo_says_what_to_install(path: Path) -> None:
    with_an_engine(path)
    assert "apt-get install docker-compose" in said_by(path, "demo.sh", "results", "10000")


def test_without_buildkit_the_first_error_says_what_to_install(path: Path) -> None:
    with_an_engine(path)
    assert "apt-get install docker-buildx" in said_by(path, "service.sh", "identity")


def test_no_file_names_where_packages_come_from() -> None:
    files = [file for file in IMAGES.iterdir() if file.is_file()]
    assert not [file.name for file in files if re.search(r"://(?!127\.0\.0\.1|mongodb:)", file.read_text())]
