"""Where the towns' register extracts lie: with the secrets, or in a folder of their own."""

from pathlib import Path
from typing import Any

import pytest

from issuance import wiring
from issuance.settings import Settings
from madoguchi.policy.load import load_town
from madoguchi_sandbox import register
from madoguchi_sandbox.init import TOWN_FILE

TOWN = load_town(TOWN_FILE)


class Answers:
    """A store that is there."""

    async def ping(self) -> None:
        """Nothing to say."""


def settings(folder: Path, **more: Any) -> Settings:
    return Settings(
        kafka_bootstrap_servers="kafka:9092",
        mongodb_uri="mongodb://mongodb",
        towns_dir=folder,
        secrets_dir=folder / "secrets",
        http_port=0,
        intake_public_url="https://counter.example",
        issuance_public_url="https://certificates.example",
        **more,
    )


@pytest.mark.parametrize("own", [True, False])
async def test_the_register_is_read_where_the_settings_say(tmp_path: Path, own: bool) -> None:
    lies, more = ("registers", {"registers_dir": tmp_path / "registers"}) if own else ("secrets", {})
    (tmp_path / lies / TOWN.code).mkdir(parents=True)
    register.write(tmp_path / lies / TOWN.code / "register.sqlite")
    checks = wiring.checks(Answers(), {TOWN.code: TOWN}, settings(tmp_path, **more))  # type: ignore[arg-type]
    await checks[f"register_{TOWN.code}"]()


async def test_a_register_that_is_elsewhere_is_missed(tmp_path: Path) -> None:
    (tmp_path / "secrets" / TOWN.code).mkdir(parents=True)
    register.write(tmp_path / "secrets" / TOWN.code / "register.sqlite")
    there = settings(tmp_path, registers_dir=tmp_path / "registers")
    checks = wiring.checks(Answers(), {TOWN.code: TOWN}, there)  # type: ignore[arg-type]
    with pytest.raises(Exception, match="register"):
        await checks[f"register_{TOWN.code}"]()
