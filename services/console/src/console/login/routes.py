"""The pages of signing in and out. The way to the sign-in service and back is made of links and redirects only: no form
leads to another site, so the content policy lets none.
"""

from typing import Annotated, Any, Final

import structlog
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from console.domain.staff import Unfit
from console.login.attempt import HOME, LOGIN, Mismatch, authorization_url, mismatch, safe_path, token
from console.login.cookies import BROWSER, SESSION
from console.login.desk import Refused
from console.login.provider import ProviderAway
from console.login.session import Session, login_of, own_form, session
from madoguchi.web.pages import Pages, language_of

router = APIRouter(include_in_schema=False)
_log = structlog.get_logger("console.login")
_LONGEST_ANSWER: Final = 4096
"""Characters of any value in the answer; a code of the large sign-in services has up to about 2,000."""


@router.get(LOGIN)
async def login_page(request: Request) -> Response:
    """One button, which leads to the sign-in service."""
    wanted = safe_path(request.query_params.get("next", HOME))
    return _page(request, "login.html", next=wanted)


@router.get("/login/start")
async def start(request: Request) -> Response:
    """On to the sign-in service. `again=yes`: as somebody else."""
    login = login_of(request)
    try:
        endpoint = (await login.provider.metadata()).authorization_endpoint
    except ProviderAway as error:
        return _away(request, error)
    secret = login.cookies.read(request, BROWSER) or token(login.attempts.randomness)
    attempt = await login.attempts.begin(secret, request.query_params.get("next", HOME))
    url = authorization_url(
        endpoint,
        attempt,
        client_id=login.provider.auth.client_id,
        redirect_uri=login.redirect_uri,
        max_age=login.max_age,
        again=request.query_params.get("again") == "yes",
        language=_language(request).value,
    )
    response = RedirectResponse(url, 303)
    login.cookies.set_browser(response, secret)
    return response


@router.get("/callback")
async def callback(request: Request) -> Response:
    """Back from the sign-in service."""
    login = login_of(request)
    answer = {name: value for name, value in request.query_params.items() if len(value) <= _LONGEST_ANSWER}
    attempt = await login.attempts.find(answer.get("state", ""))
    try:
        metadata = await login.provider.metadata()
        wrong = mismatch(
            attempt,
            login.cookies.read(request, BROWSER),
            answer,
            metadata.issuer,
            names_issuer=metadata.authorization_response_iss_parameter_supported,
            now=login.attempts.clock(),
        )
        if attempt is None or wrong in (Mismatch.UNKNOWN, Mismatch.OTHER_BROWSER, Mismatch.OTHER_ISSUER):
            return _refused(request, wrong or Mismatch.UNKNOWN)
        if not await login.attempts.take(attempt):
            return _refused(request, Mismatch.UNKNOWN)
        if wrong:
            return _refused(request, wrong)
        session_id = await login.admit(attempt, answer["code"])
    except ProviderAway as error:
        return _away(request, error)
    except Refused as error:
        return _refused(request, error.reason)
    await login.sessions.end(login.cookies.read(request, SESSION))
    response = RedirectResponse(attempt.next, 303)
    login.cookies.set_session(response, session_id)
    login.cookies.forget(response, BROWSER)
    return response


@router.post("/logout", dependencies=[Depends(own_form)])
async def logout(request: Request, present: Annotated[Session, Depends(session)]) -> Response:
    """Out of the console, then (the page goes on by itself) out of the sign-in service."""
    login = login_of(request)
    url = await login.leave(login.cookies.read(request, SESSION), present, _language(request).value)
    response = _page(request, "logout.html", on=url)
    login.cookies.forget(response, SESSION)
    return response


@router.get("/signed-out")
async def signed_out(request: Request) -> Response:
    """Out of both."""
    return _page(request, "signed-out.html")


def _refused(request: Request, reason: object) -> Response:
    """Why nobody was let in. Who is known but may not work here gets 403 and hears what is missing."""
    _log.warning("login_refused", reason=str(reason))
    unfit = isinstance(reason, Unfit)
    code = str(reason) if unfit or reason is Mismatch.DENIED else "other"
    return _page(request, "login-refused.html", status_code=403 if unfit else 400, code=code)


def _away(request: Request, error: ProviderAway) -> Response:
    _log.warning("sign_in_service_away", error=str(error))
    return _page(request, "login-refused.html", status_code=503, code="away")


def _language(request: Request) -> Any:
    pages: Pages = request.app.state.pages
    return language_of(request, pages.languages())


def _page(request: Request, template: str, *, status_code: int = 200, **context: Any) -> Response:
    pages: Pages = request.app.state.pages
    sandbox = any(town.sandbox for town in login_of(request).towns.values())
    return pages.render(request, template, _language(request), status_code=status_code, practice=sandbox, **context)
