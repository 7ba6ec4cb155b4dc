"""The console is put together from its settings, and says what is missing or not safe."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey

from console import wiring
from console.domain.acts import What
from console.domain.staff import ClaimNames, Staff
from console.login.client_auth import ClientSecret, PrivateKeyJwt
from console.login.desk import Login
from console.settings import Settings
from madoguchi.policy.load import PolicyError
from madoguchi.policy.models import Municipality
from madoguchi.testing.documents import MemoryDocuments
from unit.console.world import POLICY

REAL = POLICY.model_copy(update={"sandbox": False})


def _settings(folder: Path, **other: Any) -> Settings:
    key = ECKey.generate_key("P-256").as_pem(private=True)
    (folder / "console").mkdir(exist_ok=True)
    (folder / "console" / "key.pem").write_bytes(key)
    values = {
        "kafka_bootstrap_servers": "127.0.0.1:9092",
        "mongodb_uri": "sqlite:///nowhere",
        "towns_dir": folder,
        "secrets_dir": folder,
        "http_port": 0,
        "intake_public_url": "https://intake.example",
        "issuance_public_url": "https://issuance.example",
        "console_public_url": "https://console.example",
        "oidc_issuer": "https://signin.example/",
        "oidc_client_id": "console",
        "oidc_client_credential": "file:key.pem",
        **other,
    }
    return Settings(**values)


async def _unrecorded(_staff: Staff, _what: What) -> None:
    """For a login that nobody goes through."""


async def _login(settings: Settings, town: Municipality = REAL) -> Login:
    async with httpx.AsyncClient() as client:
        return wiring.login(settings, {town.code: town}, MemoryDocuments(), client, _unrecorded)


async def test_the_settings_make_a_login(tmp_path: Path) -> None:
    login = await _login(_settings(tmp_path, oidc_roles_claim="groups", session_idle_seconds=600))
    assert isinstance(login.provider.auth, PrivateKeyJwt)
    assert login.provider.issuer == "https://signin.example/"  # as it names itself, slash and all
    assert login.redirect_uri == "https://console.example/callback"
    assert login.cookies.secure
    assert login.claim_names == ClaimNames(roles="groups")
    assert login.sessions.limits.idle.total_seconds() == 600


async def test_a_shared_secret_will_do_where_nothing_better_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONSOLE_SECRET", "s3cret")
    settings = _settings(tmp_path, oidc_client_auth="client_secret_basic", oidc_client_credential="env:CONSOLE_SECRET")
    auth = (await _login(settings)).provider.auth
    assert auth == ClientSecret("console", "s3cret")
    assert "s3cret" not in repr(auth)


async def test_a_missing_credential_is_named(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"file:no\.pem"):
        await _login(_settings(tmp_path, oidc_client_credential="file:no.pem"))


@pytest.mark.parametrize("name", ["oidc_issuer", "console_public_url"])
async def test_real_staff_do_not_sign_in_in_clear(tmp_path: Path, name: str) -> None:
    settings = _settings(tmp_path, **{name: "http://somewhere.example"})
    with pytest.raises(PolicyError, match="https"):
        await _login(settings)
    assert not (await _login(_settings(tmp_path, console_public_url="http://127.0.0.1:8406"), POLICY)).cookies.secure
