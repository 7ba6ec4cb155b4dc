"""Pages: the resident's language, the town's colour, nothing inline, errors as pages too."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import httpx
import pytest
from fastapi import FastAPI, Query, Request
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import Response

from madoguchi.contracts.vocabulary import Language
from madoguchi.policy.load import load_town
from madoguchi.text.catalogue import Catalogue
from madoguchi.web import manners
from madoguchi.web.colours import contrast, readable_on_white
from madoguchi.web.pages import Pages, language_of

TOWN = load_town(Path(__file__).parents[3] / "deploy/municipalities/990019.yaml")
PAGES = Pages.of_package("madoguchi.web")
CSS = Path(__file__).parents[3] / "shared/src/madoguchi/web/static/madoguchi.css"


def _app() -> FastAPI:
    app = FastAPI()
    manners.install(app, pages=PAGES, form_targets=("https://pay.example",))

    @app.get("/page")
    async def page(request: Request, sandbox: bool = True, town: Annotated[bool, Query()] = True) -> Response:
        shown = TOWN.model_copy(update={"sandbox": sandbox}) if town else None
        return PAGES.render(request, "base.html", language_of(request, TOWN.languages), town=shown)

    @app.get("/bug")
    async def bug() -> None:
        raise ValueError("山田花子")

    return app


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(_app()), base_url="http://test") as client:
        yield client


def test_messages_are_complete() -> None:
    assert Catalogue.of_package("madoguchi.web").check() == []


async def test_a_page_is_in_the_language_asked_for_and_remembers_it(client: httpx.AsyncClient) -> None:
    answer = await client.get("/page?lang=ja-x-easy&next=a%26b")
    assert '<html lang="ja-x-easy">' in answer.text
    assert "窓口（まどぐち）" in answer.text
    assert 'href="?next=a%26b&amp;lang=en" lang="en"' in answer.text
    assert answer.headers["content-language"] == "ja-x-easy"
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("lang=ja-x-easy;")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert '<html lang="ja-x-easy">' in (await client.get("/page")).text


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("en-GB,en;q=0.9,ja;q=0.8", "en"),
        ("fr,ja;q=0.5,en;q=0.3", "ja"),
        ("ja-JP", "ja"),
        ("en;q=0,ja;q=0.1", "ja"),
        ("en;q=x", "ja"),
        ("zz", "ja"),
        ("", "ja"),
    ],
)
async def test_else_in_the_language_the_browser_prefers(client: httpx.AsyncClient, header: str, language: str) -> None:
    answer = await client.get("/page", headers={"Accept-Language": header})
    assert f'<html lang="{language}">' in answer.text
    assert "set-cookie" not in answer.headers


async def test_an_unknown_language_is_not_taken(client: httpx.AsyncClient) -> None:
    assert '<html lang="ja">' in (await client.get('/page?lang="><script>')).text


@given(st.text(max_size=200))
def test_any_header_gives_an_offered_language(header: str) -> None:
    headers = [(b"accept-language", header.encode("utf-8", "ignore"))]
    request = Request({"type": "http", "headers": headers, "query_string": b""})
    assert language_of(request, TOWN.languages) in TOWN.languages


async def test_a_sandbox_says_so_and_a_real_town_does_not(client: httpx.AsyncClient) -> None:
    assert 'class="sandbox"' in (await client.get("/page")).text
    assert 'class="sandbox"' not in (await client.get("/page?sandbox=false")).text


async def test_a_page_carries_phrase_and_contact(client: httpx.AsyncClient) -> None:
    page = (await client.get("/page?lang=en")).text
    assert TOWN.branding.phrase[Language.ENGLISH] in page
    assert TOWN.branding.contact[Language.ENGLISH].replace("'", "&#39;") in page
    assert (await client.get("/page?town=false")).status_code == 200


async def test_nothing_is_inline_and_everything_linked_is_there(client: httpx.AsyncClient) -> None:
    page = (await client.get("/page")).text
    assert not re.search(r"<script(?![^>]*src)|<style|\sstyle=|\son[a-z]+=", page)
    links = re.findall(r'<link [^>]*href="([^"]+)"', page)
    assert len(links) == 3
    for link in links:
        answer = await client.get(link)
        assert answer.status_code == 200, link
        assert answer.headers["cache-control"].startswith("public"), link


async def test_security_headers_are_on_every_answer(client: httpx.AsyncClient) -> None:
    for path in ("/page", "/nothing", "/bug", "/assets/shared/madoguchi.css"):
        headers = (await client.get(path)).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert "form-action 'self' https://pay.example;" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "strict-transport-security" not in headers
    assert (await client.get("/page")).headers["cache-control"] == "no-store"


async def test_over_https_the_browser_is_told_to_stay_there() -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(_app()), base_url="https://test") as client:
        answer = await client.get("/page?lang=en")
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        assert "Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    ("path", "status", "said"), [("/nothing", 404, "There is no page here"), ("/bug", 500, "Sorry, something")]
)
async def test_people_get_errors_as_pages(client: httpx.AsyncClient, path: str, status: int, said: str) -> None:
    answer = await client.get(path, headers={"Accept": "text/html,*/*;q=0.8", "Accept-Language": "en"})
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/html")
    assert said in answer.text
    assert "花子" not in answer.text
    assert ("<code>" in answer.text) is (status == 500)


async def test_a_problem_without_words_of_its_own_gets_general_ones(client: httpx.AsyncClient) -> None:
    answer = await client.post("/page", headers={"Accept": "text/html", "Accept-Language": "en"})
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"
    assert "We could not go on" in answer.text


@given(st.from_regex(r"#[0-9a-fA-F]{6}", fullmatch=True))
def test_white_text_on_the_towns_colour_can_be_read(colour: str) -> None:
    assert contrast(readable_on_white(colour), "#ffffff") >= 4.5


def test_a_good_colour_stays_and_a_pale_one_is_darkened() -> None:
    assert readable_on_white("#0017C1") == "#0017c1"
    assert readable_on_white("#ffff00") == "#7a7a00"
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


async def test_the_towns_colour_is_a_style_sheet(client: httpx.AsyncClient) -> None:
    answer = await client.get("/assets/town/0017C1.css")
    assert answer.text == ":root{--key:#0017c1;--key-hover:#001190;--key-active:#000b60}\n"
    for wrong in ("zzzzzz", "fff", "0017C1%7D", "１２３４５６"):
        assert (await client.get(f"/assets/town/{wrong}.css")).status_code == 404


PAIRS = [
    ("text", "#ffffff"), ("quiet", "#ffffff"), ("quiet", "soft"), ("key", "#ffffff"), ("key-hover", "soft"),
    ("good", "#ffffff"), ("bad", "#ffffff"), ("text", "good-soft"), ("text", "bad-soft"), ("text", "warn-soft"),
    ("warn-text", "warn-soft"), ("good", "good-soft"), ("bad", "bad-soft"), ("key", "soft"),
]  # fmt: skip


@pytest.mark.parametrize(("ink", "paper"), PAIRS)
def test_the_style_sheets_colours_can_be_read(ink: str, paper: str) -> None:
    values = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", CSS.read_text()))
    assert contrast(values[ink], values.get(paper, paper)) >= 4.5


def test_lines_and_focus_stand_out() -> None:
    values = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", CSS.read_text()))
    assert contrast(values["line"], "#ffffff") >= 3
    assert contrast(values["focus"], "#000000") >= 3
