"""While the store does not answer, whoever asks is told when to come again, and not why."""

import httpx
from fastapi import FastAPI
from structlog.testing import capture_logs

from madoguchi.store.port import Unavailable
from madoguchi.web import problems

SECRET = "山田花子"


async def test_503_says_when_to_come_back() -> None:
    app = FastAPI()
    problems.install(app)

    @app.get("/requests")
    async def requests() -> None:
        raise Unavailable(SECRET)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        with capture_logs() as logs:
            answer = await client.get("/requests")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "unavailable"
    assert SECRET not in answer.text + str(logs)
    assert [(line["event"], line["log_level"]) for line in logs] == [("store_unavailable", "warning")]
