"""Kafka and MongoDB in containers of their own, started by testcontainers; to every test they are servers elsewhere."""

import asyncio
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from docker.errors import DockerException, ImageNotFound
from pymongo import MongoClient
from pymongo.errors import PyMongoError
from testcontainers.core.container import DockerContainer

from madoguchi.bus.connection import Connection
from madoguchi_sandbox.launcher import native

DEFAULT_IMAGES: Final = {"KAFKA_IMAGE": "apache/kafka:4.1.0", "MONGODB_IMAGE": "mongo:8.0.13"}
"""The official images. Variables of these names name others that are configured alike."""

LABEL: Final = "jp.madoguchi.replica-set"
"""`none` on an image with MongoDB's protocol that knows no replica set."""

READY_WITHIN: Final = 90.0
"""Seconds until a server must answer."""

REPLICA_SET: Final = "rs0"
KAFKA_PORT: Final = 9092
MONGODB_PORT: Final = 27017


@contextmanager
def started() -> Iterator[tuple[str, str]]:
    """Addresses of Kafka and of MongoDB, until the context ends. Raises `pytest.UsageError` that says what to do."""
    with _kafka() as kafka, _mongodb() as mongodb:
        yield kafka, mongodb


def kafka_environment(host: str, port: int) -> dict[str, str]:
    """Settings of one node that clients reach at `host:port`, as variables of the image `apache/kafka`."""
    settings = {
        **native.ALONE,
        "listeners": f"OUTSIDE://0.0.0.0:{KAFKA_PORT},INSIDE://127.0.0.1:19092,CONTROLLER://127.0.0.1:9093",
        "advertised.listeners": f"OUTSIDE://{host}:{port},INSIDE://127.0.0.1:19092",
        "listener.security.protocol.map": "OUTSIDE:PLAINTEXT,INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "INSIDE",
        "controller.quorum.voters": "1@127.0.0.1:9093",
        "log.dirs": "/var/lib/kafka/data",
    }
    assert not any(mark in name for name in settings for mark in "_-"), "the image would want them escaped"
    return {f"KAFKA_{name.upper().replace('.', '_')}": str(value) for name, value in settings.items()}


def mongodb_command(labels: Mapping[str, str]) -> list[str]:
    """Arguments of an image that is called like `mongo`: a replica set, unless its labels say that it knows none."""
    return [] if labels.get(LABEL) == "none" else ["--replSet", REPLICA_SET, "--bind_ip_all"]


@contextmanager
def _kafka() -> Iterator[str]:
    container, _ = _container("KAFKA_IMAGE")
    host, port = container.get_docker_client().host(), _free_port()
    container.with_bind_ports(KAFKA_PORT, port).with_envs(
        CLUSTER_ID=native.cluster_id(), **kafka_environment(host, port)
    )
    with _running(container):
        address = f"{host}:{port}"
        _until(container, lambda: asyncio.run(_meet(address)))
        yield address


@contextmanager
def _mongodb() -> Iterator[str]:
    container, labels = _container("MONGODB_IMAGE")
    command = mongodb_command(labels)
    container.with_exposed_ports(MONGODB_PORT).with_command(command)
    with _running(container):
        # The set's only member is known to itself by an address inside the container; so no client may look for it.
        where = f"{container.get_container_host_ip()}:{container.get_exposed_port(MONGODB_PORT)}"
        address = f"mongodb://{where}/?directConnection=true"
        with MongoClient[dict[str, object]](address, serverSelectionTimeoutMS=2_000) as client:
            _until(container, lambda: client.admin.command("ping"))
            if command:
                member = {"_id": 0, "host": f"127.0.0.1:{MONGODB_PORT}"}
                client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [member]})
                _until(container, lambda: client.admin.command("hello")["isWritablePrimary"])
        yield address


def _container(variable: str) -> tuple[DockerContainer, Mapping[str, str]]:
    """A container of the image that is asked for, not started, and the image's labels."""
    try:
        container = DockerContainer(os.environ.get(variable) or DEFAULT_IMAGES[variable])
        engine = container.get_docker_client().client
        engine.ping()
    except DockerException as error:
        raise pytest.UsageError(
            f"--rung=containers needs a Docker engine, and none answers here: {error}\n"
            "Start one (sudo systemctl start docker), or name it by DOCKER_HOST."
        ) from None
    try:
        try:
            image = engine.images.get(container.image)
        except ImageNotFound:
            image = engine.images.pull(container.image)
    except DockerException as error:
        raise pytest.UsageError(
            f"The image {container.image} is not here and could not be pulled: {error}\n"
            f"Name another by {variable}; `make images` builds some where none can be pulled."
        ) from None
    return container, image.labels


@contextmanager
def _running(container: DockerContainer) -> Iterator[None]:
    try:
        container.start()
    except DockerException as error:
        container.stop()
        raise pytest.UsageError(
            f"{container.image} did not start: {error}\n"
            "Where testcontainers' reaper cannot be pulled, TESTCONTAINERS_RYUK_DISABLED=true does without it."
        ) from None
    try:
        yield
    finally:
        container.stop()


def _until(container: DockerContainer, ask: Callable[[], object]) -> None:
    """Ask the server itself until it says yes: a mapped port answers before anything is behind it."""
    end = time.monotonic() + READY_WITHIN
    said: object = None
    while time.monotonic() < end and container.status != "exited":
        try:
            if said := ask():
                return
        except (KafkaError, PyMongoError) as error:
            said = error
        time.sleep(0.2)
        container.reload()
    last = b"".join(container.get_logs()).decode(errors="replace").splitlines()[-12:]
    raise pytest.UsageError("\n".join([f"{container.image} does not answer: {said}. The end of its log:", *last]))


async def _meet(address: str) -> bool:
    admin = AIOKafkaAdminClient(**Connection(address).options())
    try:
        await admin.start()
    finally:
        await admin.close()
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("", 0))
        return int(probe.getsockname()[1])
