"""What notify is made of, from a town's file, its secrets and the environment."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from madoguchi.policy.load import PolicyError, load_towns
from madoguchi_sandbox.init import initialise
from notify.adapters.mail import Relay
from notify.settings import Settings
from notify.wiring import application, channels_of, mail_relay
from unit.notify.world import EMAIL, LINE


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    initialise(folder, "http://127.0.0.1:8405", datetime(2026, 11, 24, tzinfo=UTC))
    return folder


def settings(folder: Path, **more: Any) -> Settings:
    return Settings(
        kafka_bootstrap_servers="127.0.0.1:1",
        mongodb_uri=f"sqlite://{folder}",
        towns_dir=folder / "municipalities",
        secrets_dir=folder / "secrets",
        http_port=0,
        intake_public_url="http://127.0.0.1:8401",
        issuance_public_url="http://127.0.0.1:8403",
        **more,
    )


async def test_a_town_has_the_channels_its_file_names(folder: Path) -> None:
    own = settings(folder, smtp_host="relay.example")
    towns = load_towns(own.towns_dir)
    async with AsyncExitStack() as stack:
        made = await channels_of(own, towns, stack)
        assert set(made["990019"].channels) == {LINE, EMAIL}
        quiet = {code: town.model_copy(update={"line": None, "email": None}) for code, town in towns.items()}
        assert (await channels_of(own, quiet, stack))["990019"].channels == {}


async def test_mail_without_a_relay_is_said_at_the_start(folder: Path) -> None:
    own = settings(folder)
    async with AsyncExitStack() as stack:
        with pytest.raises(PolicyError, match=r"990019: .*SMTP_HOST"):
            await channels_of(own, load_towns(own.towns_dir), stack)


def test_the_relays_password_is_a_reference(folder: Path) -> None:
    (folder / "secrets" / "smtp.txt").write_text("of the relay\n")
    own = settings(folder, smtp_host="relay.example", smtp_username="town", smtp_password="file:smtp.txt")
    assert mail_relay(own) == Relay("relay.example", 587, "town", "of the relay", None)
    assert mail_relay(settings(folder)) is None
    with pytest.raises(ValidationError):
        settings(folder, smtp_password="of the relay")


async def test_there_is_nothing_to_see(folder: Path) -> None:
    transport = httpx.ASGITransport(application())
    async with httpx.AsyncClient(transport=transport, base_url="http://notify.example") as client:
        answer = await client.get("/docs")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
