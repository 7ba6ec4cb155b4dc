"""Every error as `application/problem+json` (RFC 9457), with a stable type, what to do next, and never the input."""

import secrets
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.utils import is_body_allowed_for_status_code
from opentelemetry import trace
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from madoguchi.store.port import Unavailable
from madoguchi.web.links import LinkExpired, LinkInvalid
from madoguchi.web.validation import pointers

TYPE_BASE = "https://madoguchi.example/problems/"
MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = "2"
"""Seconds to wait when the store does not answer; a primary is elected, or a file is free, within a few."""

# status: code, title, what to do
_KNOWN: Mapping[int, tuple[str, str, str]] = {
    400: ("bad_request", "The request cannot be understood", "Check the request against the API's documentation."),
    401: ("unauthorized", "An API key is needed", "Send `Authorization: Bearer <API key>` with a key of this channel."),
    403: ("forbidden", "This is not allowed", "Ask the municipality whether this channel may do this."),
    404: ("not_found", "There is nothing here", "Check the address; an id must be written as it was given to you."),
    405: ("method_not_allowed", "This method is not possible here", "Use one of the methods in the `Allow` header."),
    409: ("conflict", "This does not fit the present state", "Read the present state, then decide again."),
    410: ("gone", "This is over", "Ask for a new link or start a new request."),
    413: ("too_large", "The request body is too large", "Send a smaller body."),
    415: ("unsupported_media_type", "This kind of content is not taken", "Send the body as the documentation says."),
    422: (
        "invalid",
        "Something in the request is not valid",
        "Correct what is listed under `errors`, send again.",
    ),
    429: ("too_many_requests", "Too many requests", "Wait as long as `Retry-After` says, then try again."),
    500: ("internal", "Something went wrong here", "Try again later; if it stays, tell us the `trace_id`."),
    503: ("unavailable", "Not ready just now", "Wait as long as `Retry-After` says, then try again."),
}

SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "required": ["type", "title", "status", "code", "what_to_do"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "what_to_do": {"type": "string"},
        "trace_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer into the body, as a URI fragment"},
                    "in": {"type": "string", "enum": ["query", "path", "header", "cookie"]},
                    "parameter": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}


class Problem(HTTPException):
    """Raise it anywhere below the app. `code` is stable and names the type; texts are English, for integrators.

    Missing texts come from the table of the status. `extra` adds members; nothing in it may be personal data.
    """

    def __init__(
        self,
        status: int,
        code: str = "",
        title: str = "",
        detail: str = "",
        what_to_do: str = "",
        *,
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        known = _KNOWN.get(status) or (f"http_{status}", _phrase(status), "See the API's documentation.")
        super().__init__(status, detail, headers)
        self.code = code or known[0]
        self.title = title or known[1]
        self.what_to_do = what_to_do or known[2]
        self.extra = dict(extra or {})

    def document(self) -> dict[str, Any]:
        """The members of RFC 9457, ours, and the trace id when there is a trace."""
        document: dict[str, Any] = {
            "type": TYPE_BASE + self.code,
            "title": self.title,
            "status": self.status_code,
            "code": self.code,
            "what_to_do": self.what_to_do,
        }
        if self.detail:
            document["detail"] = self.detail
        if trace_id := current_trace_id():
            document["trace_id"] = trace_id
        return {**document, **self.extra}


Page = Callable[[Request, Problem], Response]
"""Turns a problem into a page for people."""


def install(app: FastAPI, page: Page | None = None) -> None:
    """Make every error of `app` a problem. Whoever asks for HTML gets `page`'s answer instead, when there is one.

    Add it before other middleware, so that theirs lies outside and may use `answer`.
    """
    app.state.problem_page = page

    async def on_http(request: Request, error: Exception) -> Response:
        return answer(request, _of_http(error))

    async def on_validation(request: Request, error: Exception) -> Response:
        errors = pointers(error.errors()) if isinstance(error, RequestValidationError) else []
        return answer(request, Problem(422, extra={"errors": errors}))

    async def on_expired(request: Request, _: Exception) -> Response:
        return answer(request, Problem(410, "link_expired", "This link has expired"))

    async def on_invalid(request: Request, _: Exception) -> Response:
        return answer(request, Problem(404, "link_invalid", "This link is not valid"))

    async def on_unavailable(request: Request, _: Exception) -> Response:
        structlog.get_logger("madoguchi.web").warning("store_unavailable")
        return answer(request, Problem(503, headers={"Retry-After": RETRY_AFTER}))

    async def on_unhandled(request: Request, _: Exception) -> Response:
        return answer(request, Problem(500))

    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(LinkExpired, on_expired)
    app.add_exception_handler(LinkInvalid, on_invalid)
    app.add_exception_handler(Unavailable, on_unavailable)
    app.add_exception_handler(Exception, on_unhandled)
    app.add_middleware(Unhandled)


def answer(request: Request, problem: Problem) -> Response:
    """The response for `problem`: for middleware, which lies outside the app's exception handlers."""
    if not is_body_allowed_for_status_code(problem.status_code):
        return Response(status_code=problem.status_code, headers=problem.headers)
    page: Page | None = getattr(request.app.state, "problem_page", None) if "app" in request.scope else None
    if page is not None and _wants_html(request):
        response = page(request, problem)
        response.headers.update(problem.headers or {})
    else:
        response = JSONResponse(
            problem.document(), problem.status_code, dict(problem.headers or {}), media_type=MEDIA_TYPE
        )
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For FastAPI's `responses=`: these statuses answer with a problem."""
    content = {MEDIA_TYPE: {"schema": SCHEMA}}
    return {s: {"description": Problem(s).title, "content": content} for s in statuses}


def current_trace_id() -> str | None:
    """The trace this request belongs to, 32 hex digits."""
    context = trace.get_current_span().get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid else None


class Unhandled:
    """Answers 500 for what nobody handled, and logs kind and place only: an error's text may hold personal data."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        failed: Exception | None = None
        try:
            await self._app(scope, receive, watched)
        except Exception as error:  # noqa: BLE001 (the outermost place: whatever it is, the answer is 500)
            failed = error
        if failed is None:
            return
        # Outside the `except`: what goes wrong from here on must not carry the failure's text along as its context.
        # Without a trace, an id of its own still leads from the answer to the log line.
        trace_id = current_trace_id() or secrets.token_hex(16)
        structlog.get_logger("madoguchi.web").error(
            "unhandled_error", error=type(failed).__qualname__, places=_places(failed), trace_id=trace_id
        )
        if started:
            raise RuntimeError("the answer was broken off")
        await answer(Request(scope, receive), Problem(500, extra={"trace_id": trace_id}))(scope, receive, send)


def _places(error: BaseException, last: int = 5) -> list[str]:
    places, step = [], error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        places.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{step.tb_lineno} {code.co_name}")
        step = step.tb_next
    return places[-last:]


def _of_http(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if not isinstance(error, HTTPException):
        return Problem(500)
    said = error.detail if isinstance(error.detail, str) and error.detail != _phrase(error.status_code) else ""
    return Problem(error.status_code, detail=said, headers=error.headers)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"


def _wants_html(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    return "text/html" in accepted and "json" not in accepted
