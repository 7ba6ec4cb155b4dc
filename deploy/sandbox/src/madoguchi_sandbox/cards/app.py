"""The card app as web pages: read the text, pick a test card, enter its PIN, sign, and go back to the counter."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from madoguchi.contracts.vocabulary import Language
from madoguchi.web.pages import Pages, language_of
from madoguchi.web.security_headers import SecurityHeaders, content_policy
from madoguchi_sandbox.cards import control, lists
from madoguchi_sandbox.cards.shelf import Shelf, shelf_in
from madoguchi_sandbox.cards.visit import CannotGoOn, Visit, Visits
from madoguchi_sandbox.phone.page import PLAYING
from madoguchi_sandbox.pki.card_box import PIN, PIN_TRIES, NoSuchCard, WrongPin

LARGEST_FORM = 4096


@dataclass(frozen=True, slots=True)
class Counter:
    """What the pages work with."""

    shelf: Shelf
    visits: Visits
    pages: Pages


def build(folder: Path, town: str, client: httpx.AsyncClient, clock: Callable[[], datetime]) -> FastAPI:
    """The sub-application, to be mounted at `/cards`. `client` reaches the counter."""
    shelf = shelf_in(folder, town, clock)
    pages = Pages.of_package("madoguchi_sandbox.cards")
    app = FastAPI(title="Test cards", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(SecurityHeaders)
    app.include_router(router(Counter(shelf, Visits(client, clock), pages)))
    app.include_router(control.router(shelf))
    app.include_router(lists.router(shelf.box))
    pages.mount(app)
    return app


def router(counter: Counter) -> APIRouter:
    """The two pages."""
    routes = APIRouter()

    @routes.get("/app")
    async def show(request: Request) -> Response:
        """The text to sign, the cards, the PIN."""
        challenge = request.query_params.get("challenge", "")
        back = request.query_params.get("return", "")
        try:
            visit = await counter.visits.begin(challenge, back)
        except CannotGoOn as error:
            return _stopped(counter, request, str(error), back)
        return _page(counter, request, visit)

    @routes.post("/app")
    async def sign(request: Request) -> Response:
        """Sign and hand in; or show again what has to be put right."""
        form = await _form(request)
        visit = counter.visits.find(form.get("visit", ""))
        if visit is None:
            return _stopped(counter, request, "", "")
        chosen = form.get("card", "")
        if "unlock" in form and chosen in counter.shelf.offers:
            await asyncio.to_thread(counter.shelf.box.unlock, chosen)
            return _page(counter, request, visit, error="unlocked", chosen=chosen)
        try:
            cms = await asyncio.to_thread(_signed, counter.shelf, chosen, form.get("pin", ""), visit.challenge.text)
            await counter.visits.submit(visit, cms)
        except NoSuchCard:
            return _page(counter, request, visit, error="choose", chosen="")
        except WrongPin as error:
            left = error.args[0]
            return _page(counter, request, visit, error="pin" if left else "locked", left=left, chosen=chosen)
        except CannotGoOn as error:
            return _stopped(counter, request, str(error), visit.return_url)
        return RedirectResponse(visit.return_url, 303, {"Content-Security-Policy": content_policy((visit.origin,))})

    return routes


def _signed(shelf: Shelf, chosen: str, pin: str, text: str) -> bytes:
    """Like the card: no signature without the PIN."""
    card = shelf.get(chosen)
    shelf.box.enter_pin(card.id, pin.strip().upper())
    return shelf.box.sign(card.id, text)


def _page(counter: Counter, request: Request, visit: Visit, **context: Any) -> Response:
    first, others = counter.shelf.laid_out(request.cookies.get(PLAYING, ""))
    values: dict[str, Any] = {"error": "", "left": PIN_TRIES, "chosen": first[0].id, **context}
    asked = next((tag for tag in Language if tag.value == request.query_params.get("locale")), None)
    return counter.pages.render(
        request,
        "app.html",
        language_of(request, default=asked),
        visit=visit,
        first=first,
        others=others,
        pin=PIN,
        status_code=422 if values["error"] not in ("", "unlocked") else 200,
        headers={"Content-Security-Policy": content_policy((visit.origin,))},
        **values,
    )


def _stopped(counter: Counter, request: Request, said: str, back: str) -> Response:
    safe = back if back.startswith(("http://", "https://")) else ""
    return counter.pages.render(request, "stopped.html", language_of(request), status_code=400, said=said, back=safe)


async def _form(request: Request) -> dict[str, str]:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_FORM:
            return {}
    return {key: values[-1] for key, values in parse_qs(body.decode("utf-8", "replace")).items()}
