"""Where the counter's public address leads nowhere, the sandbox goes another way, and nobody notices."""

from fastapi import FastAPI, Request

from madoguchi_sandbox.calling import direct, instead
from sandbox_world import listening

PUBLIC = "http://madoguchi.test:8401"


def counter() -> FastAPI:
    app = FastAPI()

    @app.post("/payments/webhook/{town}")
    async def webhook(town: str, request: Request) -> dict[str, str]:
        return {
            "town": town,
            "query": request.url.query,
            "host": request.headers["host"],
            "body": (await request.body()).decode(),
        }

    return app


async def test_the_same_request_arrives_by_the_other_way() -> None:
    async with listening(counter()) as inside, instead(PUBLIC, inside)() as http:
        answer = await http.post(f"{PUBLIC}/payments/webhook/990019?a=1", content=b"paid")
    assert answer.json() == {"town": "990019", "query": "a=1", "host": "madoguchi.test:8401", "body": "paid"}


async def test_every_other_address_is_gone_to_as_it_is() -> None:
    async with listening(counter()) as elsewhere, instead(PUBLIC, "http://127.0.0.1:1")() as http, direct() as plain:
        answers = [await client.post(f"{elsewhere}/payments/webhook/1", content=b"x") for client in (http, plain)]
    assert [answer.status_code for answer in answers] == [200, 200]
