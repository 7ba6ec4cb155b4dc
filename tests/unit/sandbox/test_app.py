"""The whole outside world in one process: everything is mounted, and it starts from what `init` made."""

import socket
from datetime import UTC, datetime
from pathlib import Path

import aiosmtplib
import httpx
import pytest

from madoguchi.policy.load import PolicyError
from madoguchi_sandbox.app import DATA, DOCS, MAIL, PHONE, Settings, create_app
from madoguchi_sandbox.init import initialise
from sandbox_world import listening


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def test_everything_is_mounted(tmp_path: Path) -> None:
    initialise(tmp_path, "http://127.0.0.1:8405", datetime.now(UTC))
    smtp = _free_port()
    app = create_app(Settings(tmp_path, "http://127.0.0.1:8405", "http://127.0.0.1:1", smtp))
    async with listening(app) as url, httpx.AsyncClient(base_url=url, trust_env=False) as http:
        index = await http.get("/")
        assert index.status_code == 200
        for path in (PHONE, MAIL, *DATA.values(), *DOCS, "/cards/crl.der", "/staff/jwks"):
            assert (await http.get(path)).status_code == 200, path
        for path in ("/phone/", "/mail/", "/"):
            assert "script-src 'self'" in (await http.get(path)).headers["content-security-policy"]
        assert (await http.post("/line/v2/bot/message/push", json={})).status_code == 401
        assert (await http.post("/pay/v1/refunds", json={})).status_code == 401
        assert (await http.post("/tsa", content=b"x")).headers["content-type"] == "application/timestamp-reply"
        channels = (await http.get("/line/_control/channels")).json()
        assert channels[0]["webhook_url"] == "http://127.0.0.1:1/line/webhook/990019"
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=smtp, start_tls=False) as server:
            await server.sendmail("a@mihon.example", "b@example.jp", "To: b@example.jp\r\nSubject: x\r\n\r\nx")
        assert "b@example.jp" in (await http.get("/mail/")).text


def test_without_init_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(PolicyError):
        create_app(Settings(tmp_path, "http://127.0.0.1:8405", "http://127.0.0.1:1", 0))
