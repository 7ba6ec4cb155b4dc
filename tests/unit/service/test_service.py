"""Settings, health, sweeps, and the order in which a service ends."""

import asyncio
import os
import signal
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from pydantic import ValidationError

from madoguchi.service.clock import utc_now
from madoguchi.service.health import mount
from madoguchi.service.run import launch, serve
from madoguchi.service.settings import KafkaSettings, ServiceSettings, explain
from madoguchi.service.sweep import Sweep

ENVIRONMENT = {
    "KAFKA_BOOTSTRAP_SERVERS": "broker:9092",
    "MONGODB_URI": "sqlite:///data",
    "TOWNS_DIR": "/towns",
    "SECRETS_DIR": "/secrets",
    "HTTP_PORT": "0",
    "INTAKE_PUBLIC_URL": "https://intake.example/",
    "ISSUANCE_PUBLIC_URL": "https://issuance.example",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_settings_come_from_the_environment(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("KAFKA_SECURITY_PROTOCOL", "SASL_PLAINTEXT")
    environment.setenv("KAFKA_USERNAME", "notify")
    environment.setenv("KAFKA_PASSWORD", "hidden")
    settings = ServiceSettings()
    assert settings.intake_public_url == "https://intake.example"
    assert settings.towns_dir == Path("/towns")
    assert settings.kafka.options()["sasl_plain_password"] == "hidden"
    assert "hidden" not in repr(settings) + repr(settings.kafka)


def test_an_incomplete_environment_is_explained_and_ends_the_process(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.delenv("MONGODB_URI")
    environment.setenv("HTTP_PORT", "99999999")

    async def never(_settings: ServiceSettings) -> None:
        raise AssertionError

    with pytest.raises(SystemExit) as ended:
        launch("notify", ServiceSettings, never)
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "MONGODB_URI: Field required" in said
    assert "HTTP_PORT" in said
    assert "99999999" not in said


def test_what_is_wrong_is_explained_without_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)
    with pytest.raises(ValidationError) as caught:
        KafkaSettings()
    assert "KAFKA_BOOTSTRAP_SERVERS" in explain(caught.value)


def test_the_clock_is_in_utc() -> None:
    assert utc_now().utcoffset() == timedelta(0)


async def test_health_tells_codes_and_later_checks_are_added() -> None:
    app = FastAPI()
    answers = {"store": True}

    async def store() -> None:
        if not answers["store"]:
            raise ConnectionError("mongodb://user:password@host")

    async def slow() -> None:
        await asyncio.sleep(60)

    health = mount(app, {"store": store})
    assert mount(app, {}) is health
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
        assert (await client.get("/health/ready")).json() == {"status": "ready", "checks": {"store": "ok"}}
        answers["store"] = False
        refused = await client.get("/health/ready")
        assert (refused.status_code, refused.json()["checks"]) == (503, {"store": "failing"})
        answers["store"] = True
        health.draining = True
        assert (await client.get("/health/ready")).status_code == 503
        health.draining = False
        mount(app, {"slow": slow})
        assert (await client.get("/health/ready")).json()["checks"]["slow"] == "failing"
        assert (await client.get("/health/live")).status_code == 200
        health.alive = lambda: False
        assert (await client.get("/health/live")).status_code == 503
        assert "python_info" in (await client.get("/metrics")).text
        openmetrics = await client.get("/metrics", headers={"accept": "application/openmetrics-text"})
        assert openmetrics.text.endswith("# EOF\n")
    assert "/health/live" not in app.openapi()["paths"]


async def test_a_sweep_goes_on_after_a_failure_and_comes_at_once_when_woken() -> None:
    rounds = 0
    done = asyncio.Event()

    async def act() -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 1:
            raise RuntimeError
        if rounds == 3:
            done.set()

    sweep = Sweep(0.001, act)
    task = asyncio.create_task(sweep.run())
    await asyncio.wait_for(done.wait(), 5)
    task.cancel()

    first, woken = asyncio.Event(), asyncio.Event()

    async def count() -> None:
        (woken if first.is_set() else first).set()

    slow = Sweep(3600, count)
    other = asyncio.create_task(slow.run())
    await asyncio.wait_for(first.wait(), 5)
    slow.wake()
    await asyncio.wait_for(woken.wait(), 5)
    other.cancel()
    await asyncio.wait({task, other})


class Reader:
    """A consumer that needs a while to drain, and writes down what happens when."""

    was_assigned = False
    stalled = False

    def __init__(self, story: list[str]) -> None:
        self._story = story
        self._end = asyncio.Event()

    async def run(self) -> None:
        await self._end.wait()

    async def drain(self, within: float | None = None) -> None:
        assert within == 20.0
        self._story.append("draining")
        await asyncio.sleep(0.2)
        self._story.append("drained")
        self._end.set()


async def test_a_service_stops_being_ready_then_drains_then_ends(
    environment: pytest.MonkeyPatch, unused_port: int
) -> None:
    environment.setenv("HTTP_PORT", str(unused_port))
    story: list[str] = []
    reader = Reader(story)
    url = f"http://127.0.0.1:{unused_port}/health/ready"

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            story.append("background ended")

    app = FastAPI()
    serving = asyncio.create_task(serve("notify", ServiceSettings(), app, reader, [work]))
    async with httpx.AsyncClient() as client:
        first = await _answer(client, url)
        assert (first.status_code, first.json()["checks"]) == (503, {"consumer": "failing"})
        reader.was_assigned = True
        assert (await client.get(url)).status_code == 200
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0.1)
        assert (await client.get(url)).json()["checks"]["draining"] == "failing"
    await asyncio.wait_for(serving, 15)
    assert story == ["draining", "drained", "background ended"]


async def test_broken_background_work_ends_the_service(environment: pytest.MonkeyPatch, unused_port: int) -> None:
    environment.setenv("HTTP_PORT", str(unused_port))

    async def work() -> None:
        await asyncio.sleep(0.2)
        raise RuntimeError("broken")

    with pytest.raises(ExceptionGroup):
        await asyncio.wait_for(serve("notify", ServiceSettings(), FastAPI(), Reader([]), [work]), 15)


async def _answer(client: httpx.AsyncClient, url: str) -> httpx.Response:
    async with asyncio.timeout(10):
        while True:
            try:
                return await client.get(url)
            except httpx.ConnectError:
                await asyncio.sleep(0.02)
