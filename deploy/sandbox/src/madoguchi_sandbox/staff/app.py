"""The provider as a web app: discovery, keys, the page that asks whom to be, token endpoint, signing out."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.responses import Response

from madoguchi.contracts.vocabulary import Language
from madoguchi.web.pages import Pages, language_of
from madoguchi.web.security_headers import SecurityHeaders, content_policy
from madoguchi_sandbox.staff import CLIENT_ID, PATH, directory, keys
from madoguchi_sandbox.staff.provider import Asked, Client, Denied, NoClient, Provider, TokenError


def registered(folder: Path, console_url: str) -> list[Client]:
    """The console; nobody when it has no address."""
    if not console_url:
        return []
    client_keys = keys.client_keys(folder)
    return [Client(CLIENT_ID, (f"{console_url}/callback",), (f"{console_url}/signed-out",), client_keys)]


def build(folder: Path, towns: Sequence[str], url: str, console_url: str, clock: Callable[[], datetime]) -> FastAPI:
    """The sub-application for `PATH` below the sandbox's `url`. Raises `OSError` when `init` has not run."""
    members = [m for code in towns for m in directory.read(folder / "sandbox" / code / directory.FILE)]
    provider = Provider(f"{url}{PATH}", keys.signing_key(folder), registered(folder, console_url), members, clock)
    return staff_app(provider)


def staff_app(provider: Provider) -> FastAPI:
    """The app of a provider."""
    app = FastAPI(title="Staff sign-in", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.provider = provider
    app.state.pages = Pages.of_package("madoguchi_sandbox.staff")
    app.state.pages.mount(app)
    app.include_router(router)
    app.add_middleware(SecurityHeaders)
    return app


router = APIRouter()


@router.get("/.well-known/openid-configuration")
async def discovery(request: Request) -> dict[str, Any]:
    """OpenID Connect Discovery 1.0 §3. Services ask where they found this; browsers go where browsers find us."""
    issuer = _provider(request).issuer
    asked_at = f"{request.url.scheme}://{request.url.netloc}{PATH}"
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{asked_at}/token",
        "jwks_uri": f"{asked_at}/jwks",
        "end_session_endpoint": f"{issuer}/end-session",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "scopes_supported": ["openid", "profile"],
        "grant_types_supported": ["authorization_code"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt", "client_secret_basic"],
        "token_endpoint_auth_signing_alg_values_supported": ["ES256", "ES384", "PS256", "RS256"],
        "authorization_response_iss_parameter_supported": True,
        "ui_locales_supported": ["ja", "en"],
    }


@router.get("/jwks")
async def jwks(request: Request) -> dict[str, Any]:
    """The public keys (RFC 7517)."""
    return {"keys": [_provider(request).key.as_dict(private=False, use="sig", alg="ES256")]}


@router.get("/authorize")
async def ask(request: Request) -> Response:
    """Whom do you want to be?"""
    provider = _provider(request)
    try:
        asked = provider.asked(request.query_params)
    except NoClient:
        return _page(request, "no-client.html", status_code=400)
    except Denied as denied:
        return RedirectResponse(denied.url, 303)
    policy = {"Content-Security-Policy": _policy(asked)}
    return _page(request, "sign-in-as.html", headers=policy, members=provider.members)


@router.post("/authorize")
async def choose(request: Request) -> Response:
    """The button of somebody, or the one that stops."""
    provider = _provider(request)
    try:
        asked = provider.asked(request.query_params)
    except (NoClient, Denied):
        return _page(request, "no-client.html", status_code=400)
    wanted = (await request.form(max_files=0, max_fields=5)).get("member")
    member = next((member for member in provider.members if member.id == wanted), None)
    url = provider.stopped(asked) if member is None else provider.granted(asked, member)
    return RedirectResponse(url, 303, {"Content-Security-Policy": _policy(asked)})


@router.post("/token")
async def token(request: Request) -> Response:
    """A code for an ID token."""
    form = {key: value for key, value in (await request.form(max_files=0)).items() if isinstance(value, str)}
    try:
        said, status = _provider(request).redeemed(form, request.headers.get("authorization", "")), 200
    except TokenError as error:
        said, status = {"error": error.code}, error.status
    return JSONResponse(said, status, {"Cache-Control": "no-store"})


@router.get("/end-session")
async def end_session(request: Request) -> Response:
    """Sign out. Nobody stays signed in here, so there is nothing to end: back to whoever asked."""
    url = _provider(request).after_logout(request.query_params)
    return RedirectResponse(url, 303) if url else _page(request, "signed-out.html")


def _provider(request: Request) -> Provider:
    provider: Provider = request.app.state.provider
    return provider


def _policy(asked: Asked) -> str:
    """Browsers hold a redirect after a form to the page's `form-action`."""
    back = urlsplit(asked.redirect_uri)
    return content_policy((f"{back.scheme}://{back.netloc}",))


def _page(request: Request, template: str, **context: Any) -> Response:
    pages: Pages = request.app.state.pages
    wanted = request.query_params.get("ui_locales", "").split(" ")[0]
    asked = next((language for language in Language if language.value == wanted), None)
    return pages.render(request, template, language_of(request, default=asked), **context)
