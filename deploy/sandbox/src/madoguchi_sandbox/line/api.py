"""The platform as an app, mounted at `/line`: every error below it looks like LINE's, every answer has a request id."""

import uuid
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler, request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from madoguchi_sandbox.line import control, machinery, reading, sending
from madoguchi_sandbox.line.channel import Channel
from madoguchi_sandbox.line.errors import LineError
from madoguchi_sandbox.line.platform import Platform

CONTROL = "/_control/"


def messaging_api(platform: Platform) -> FastAPI:
    """The Messaging API and its far side (`/_control`)."""
    app = FastAPI(title="Sandbox: chat platform (Messaging API)", docs_url=None, redoc_url=None)
    app.state.platform = platform
    for part in (sending, reading, control, machinery):
        app.include_router(part.router)
    app.middleware("http")(_with_request_id)
    app.add_exception_handler(LineError, _on_line_error)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_parameter)
    return app


async def _with_request_id(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
    request.state.request_id = str(uuid.uuid4())
    response = await go_on(request)
    response.headers["x-line-request-id"] = request.state.request_id
    return response


async def _on_line_error(request: Request, error: Exception) -> Response:
    """Answer, and write down what was refused and why."""
    if not isinstance(error, LineError):
        raise error
    channel: Channel | None = getattr(request.state, "channel", None)
    if channel is not None:
        channel.record(
            "refused",
            request_id=request.state.request_id,
            endpoint=request.url.path.partition("/v2/bot")[2],
            status=error.status,
            message=error.message,
            details=[f"{detail.property}: {detail.message}" for detail in error.details],
        )
    return error.response()


async def _on_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if CONTROL in request.url.path:
        return await http_exception_handler(request, error)
    return LineError(error.status_code, error.detail, headers=error.headers).response()


async def _on_parameter(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    if CONTROL in request.url.path:
        return await request_validation_exception_handler(request, error)
    names = ", ".join(str(problem["loc"][-1]) for problem in error.errors())
    return LineError(400, f"The value for the '{names}' parameter is invalid").response()
