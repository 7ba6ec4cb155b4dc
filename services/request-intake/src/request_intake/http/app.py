"""The app: routes, manners, and what they work with."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.datastructures import Headers
from starlette.types import Scope

from madoguchi.store.port import Documents
from madoguchi.telemetry import traces
from madoguchi.web import api_keys, api_page, manners
from madoguchi.web.api_keys import ApiKeys
from madoguchi.web.idempotency import Idempotency
from madoguchi.web.pages import Pages
from madoguchi.web.problems import MEDIA_TYPE
from madoguchi.web.problems import SCHEMA as PROBLEM
from madoguchi.web.rate_limit import Rate, client_address
from request_intake.handlers import Deps
from request_intake.http import answers, errors, events, payments, proof, requests
from request_intake.pages import answer as answer_pages
from request_intake.pages import proof as proof_pages
from request_intake.pages import routes as pages

PACKAGE = "request_intake"
BODY_LIMIT = 128 * 1024
"""Bytes; the largest body is a signature in base64."""

DESCRIPTION = """Ask a Japanese town for a certificate on behalf of a resident, and follow it until it is delivered.

Every request carries an API key of your channel (`Authorization: Bearer mdg_live_…`, or `mdg_test_…` for trying).
Every error is a problem (RFC 9457) with a stable `code` and what to do. Never ask for a My Number (個人番号)."""


@dataclass(frozen=True, slots=True)
class Rates:
    """How many calls are taken at once; each refills within a minute."""

    api: int = 1200
    pages: int = 600


NORMAL = Rates()


def application(rates: Rates = NORMAL, routers: Iterable[APIRouter] = ()) -> FastAPI:
    """The app, complete but for its world (`furnish`); `routers`: further doors, such as LINE's."""
    app = FastAPI(
        title="Madoguchi intake API",
        version="1.0.0",
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        telemetry=traces.HTTP,
        separate_input_output_schemas=False,
    )
    site = Pages.of_package(PACKAGE)
    app.state.pages = site
    for router in (requests.router, proof.router, answers.router, events.router, payments.router, *routers):
        app.include_router(router)
    for router in (pages.router, proof_pages.router, answer_pages.router):
        app.include_router(router)
    manners.install(
        app,
        pages=site,
        body_limit=BODY_LIMIT,
        rates=(Rate("api", rates.api, 60, "/v1/"), Rate("pages", rates.pages, 60, "/r/")),
        who=_caller(app),
    )
    errors.install(app, site.catalogue)
    api_page.mount(app, site)
    app.openapi = partial(_openapi, app)  # type: ignore[method-assign]  # FastAPI's own way to change the document
    return app


def _openapi(app: FastAPI) -> dict[str, Any]:
    """The framework's document, with the problem's shape in one place."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        shapes = document["components"]["schemas"]
        shapes["Problem"] = PROBLEM
        for methods in document["paths"].values():
            for operation in methods.values():
                for answer in operation["responses"].values():
                    if MEDIA_TYPE in answer["content"]:
                        answer["content"][MEDIA_TYPE] = {"schema": {"$ref": "#/components/schemas/Problem"}}
        app.openapi_schema = document
    return app.openapi_schema


def furnish(
    app: FastAPI, deps: Deps, documents: Documents, keys: ApiKeys, webhook_secrets: Mapping[str, Sequence[str]]
) -> None:
    """Give the app its world. `webhook_secrets`: `whsec_…` by municipality, each accepted."""
    app.state.deps = deps
    app.state.idempotency = Idempotency(documents, deps.clock, requests.WithoutLinks(deps))
    app.state.webhook_secrets = webhook_secrets
    api_keys.install(app, keys)


def _caller(app: FastAPI) -> Callable[[Scope], str]:
    def who(scope: Scope) -> str:
        kind, _, key = Headers(scope=scope).get("authorization", "").partition(" ")
        keys: ApiKeys = app.state.api_keys
        owner = keys.find(key) if kind.lower() == "bearer" else None
        return client_address(scope) if owner is None else owner.tenant

    return who
