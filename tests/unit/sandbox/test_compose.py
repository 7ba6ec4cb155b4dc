"""deploy/compose.yaml and deploy/Dockerfile without an engine: every service is there and is told what it needs."""

import re
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from containers import DEFAULT_IMAGES, kafka_environment
from madoguchi.contracts.flow import SERVICES
from madoguchi.service.settings import ServiceSettings
from madoguchi_sandbox.launcher import native
from madoguchi_sandbox.launcher.plan import SANDBOX, Layout

DEPLOY = native.PLAN.parent
ROOT = DEPLOY.parent
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
TARGETS = {stage.split()[0]: stage for stage in DOCKERFILE.split("\nFROM service AS ")[1:]}
FOLDERS = sorted(folder.parent.name for folder in ROOT.glob("services/*/pyproject.toml"))


def chosen(text: str) -> str:
    """A value as it is when no variable is set."""
    return re.sub(r"\$\{\w+:?-([^}]*)\}", r"\1", text)


def settings_of(service: str) -> type[ServiceSettings]:
    """The class whose fields are what a service reads from its environment."""
    found: type[ServiceSettings] = import_module(f"{service.replace('-', '_')}.settings").Settings
    assert issubclass(found, ServiceSettings)
    return found


def test_every_service_has_an_image_and_a_container() -> None:
    assert set(SERVICES) <= set(FOLDERS)
    for name in (*FOLDERS, SANDBOX):
        assert CONTAINERS[name]["build"]["target"] == name
        assert f"COPY --from=build /out/{name} /opt/service\n" in TARGETS[name]
        assert f'org.opencontainers.image.title="{name}"' in TARGETS[name]


@pytest.mark.parametrize("service", FOLDERS)
def test_an_image_runs_the_program_of_its_service_at_its_port(service: str) -> None:
    scripts = tomllib.loads((ROOT / "services" / service / "pyproject.toml").read_text())["project"]["scripts"]
    port = Layout(Path(), 8400).port(service)
    assert f'ENTRYPOINT ["{service}"]' in TARGETS[service]
    assert service in scripts
    assert f"EXPOSE {port}\n" in TARGETS[service]
    assert f"ENV HTTP_PORT={port}\n" in TARGETS[service]
    assert CONTAINERS[service]["environment"]["HTTP_PORT"] == str(port)


@pytest.mark.parametrize("service", FOLDERS)
def test_a_service_is_told_all_that_it_must_know_and_nothing_that_it_does_not(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = settings_of(service).model_fields
    told = {name: chosen(str(value)) for name, value in CONTAINERS[service]["environment"].items()}
    assert {name.upper() for name, field in fields.items() if field.is_required()} <= set(told)
    assert set(told) <= {name.upper() for name in fields}
    for name in fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    assert settings_of(service)().http_port == int(told["HTTP_PORT"])


def test_every_image_has_a_version() -> None:
    images = [chosen(one["image"]) for one in CONTAINERS.values()]
    images.append(re.findall(r"^ARG BASE=(\S+)$", DOCKERFILE, re.MULTILINE)[0])
    assert not [image for image in images if not re.search(r":v?\d+\.\d+\.\d+", image)]
    assert {chosen(CONTAINERS["kafka"]["image"]), chosen(CONTAINERS["mongodb"]["image"])} == {*DEFAULT_IMAGES.values()}


def test_our_images_have_the_version_of_the_code() -> None:
    version = tomllib.loads((ROOT / "shared" / "pyproject.toml").read_text())["project"]["version"]
    own = {chosen(one["image"]) for one in CONTAINERS.values() if one["image"].startswith("madoguchi/")}
    assert {image.rpartition(":")[2] for image in own} == {version}


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_can_do_little_and_is_seen_on_this_machine_only(name: str) -> None:
    container = CONTAINERS[name]
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert not container.get("privileged")
    assert all(port.startswith("127.0.0.1:") for port in container.get("ports", ()))
    assert set(container.get("depends_on", ())) <= set(CONTAINERS)


def test_only_the_sandbox_may_write_what_the_services_read() -> None:
    for service in FOLDERS:
        assert all(volume.endswith(":ro") for volume in CONTAINERS[service]["volumes"])
        assert CONTAINERS[service]["depends_on"]["town"] == {"condition": "service_completed_successfully"}


def test_without_the_demo_there_are_only_the_things_that_services_need() -> None:
    infrastructure = {name for name, one in CONTAINERS.items() if "infrastructure" in one["profiles"]}
    assert {"kafka", "mongodb", "prometheus"} <= infrastructure
    assert not infrastructure & {*FOLDERS, SANDBOX}
    assert all("demo" in one["profiles"] for one in CONTAINERS.values())
    for name in infrastructure:
        assert set(CONTAINERS[name].get("depends_on", ())) <= infrastructure


def test_kafka_has_the_settings_of_the_other_rungs_and_other_addresses() -> None:
    ours, others = CONTAINERS["kafka"]["environment"], kafka_environment("kafka", 9092)
    differ = {name for name in others if ours.get(name) != others[name]}
    assert differ == {"KAFKA_LISTENERS", "KAFKA_ADVERTISED_LISTENERS"}
    assert set(ours) - set(others) == {"CLUSTER_ID", "LOG_DIR"}
    assert "INSIDE://kafka:19092" in ours["KAFKA_ADVERTISED_LISTENERS"]
    assert CONTAINERS["identity"]["environment"]["KAFKA_BOOTSTRAP_SERVERS"] == "kafka:19092"


def test_the_override_for_the_servers_built_here_is_about_containers_that_exist() -> None:
    here = yaml.safe_load((DEPLOY / "images" / "compose.yaml").read_text())["services"]
    assert set(here) <= set(CONTAINERS)
    assert "USER 10001\n" in (DEPLOY / "images" / "Dockerfile").read_text()
    assert here["mongodb"]["user"].startswith("10001")
