"""The API explains itself without loading anything from elsewhere."""

from typing import Annotated

import httpx
from fastapi import FastAPI, Query
from pydantic import BaseModel

from madoguchi.web import api_page, manners
from madoguchi.web.pages import Pages
from madoguchi.web.problems import responses


class Wish(BaseModel):
    words: str


def _app() -> FastAPI:
    app = FastAPI(title="Counter <API>", docs_url=None, redoc_url=None)
    pages = Pages.of_package("madoguchi.web")
    manners.install(app, pages=pages)
    api_page.mount(app, pages)

    @app.post("/v1/wishes", responses=responses(409, 422), summary="Make a wish")
    async def wish(body: Wish, urgent: Annotated[bool, Query(description="Sooner, please")] = False) -> Wish:
        return body

    return app


def test_operations_are_read_from_the_document() -> None:
    (operation,) = api_page.operations(_app().openapi())
    assert (operation["method"], operation["path"], operation["summary"]) == ("POST", "/v1/wishes", "Make a wish")
    assert [parameter["name"] for parameter in operation["parameters"]] == ["urgent"]
    assert operation["body"][0][:2] == ("application/json", "Wish")
    assert [status for status, *_ in operation["answers"]] == ["200", "409", "422"]


async def test_the_page_shows_them_and_is_not_itself_one() -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(_app()), base_url="http://test") as client:
        answer = await client.get("/docs?lang=ja")
        assert answer.status_code == 200
        for shown in ("POST /v1/wishes", "Sooner, please", "Counter &lt;API&gt;", "application/problem+json"):
            assert shown in answer.text
        assert "<script" not in answer.text
        assert 'href="http' not in answer.text
        assert 'class="languages"' not in answer.text
        assert "/docs" not in (await client.get("/openapi.json")).json()["paths"]
