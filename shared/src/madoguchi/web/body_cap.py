"""A cap on request bodies, counted as they arrive: what `Content-Length` says is checked first but not believed.

Own middleware, because the framework's answers the 413 outside the app's handlers, as plain text or its own JSON.
"""

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from madoguchi.web.problems import Problem, answer

DEFAULT_BYTES = 64 * 1024


class BodyCap:
    """ASGI middleware. `larger` gives other limits (bytes) by path prefix; the longest prefix that fits counts."""

    def __init__(self, app: ASGIApp, limit: int = DEFAULT_BYTES, larger: Mapping[str, int] | None = None) -> None:
        self._app = app
        self._limit = limit
        self._larger = sorted((larger or {}).items(), key=lambda item: -len(item[0]))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = next((size for prefix, size in self._larger if scope["path"].startswith(prefix)), self._limit)
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdecimal():
            await answer(Request(scope), Problem(400, detail="Content-Length is not a number."))(scope, receive, send)
            return
        if int(announced) > limit:
            await answer(Request(scope), _too_large(limit))(scope, receive, send)
            return
        await self._app(scope, _counted(receive, limit), send)


def _counted(receive: Receive, limit: int) -> Receive:
    arrived = 0

    async def counted() -> Message:
        nonlocal arrived
        message = await receive()
        arrived += len(message.get("body", b""))
        if arrived > limit:
            # It surfaces where the app reads the body, and becomes an answer in the app's own handlers.
            raise _too_large(limit)
        return message

    return counted


def _too_large(limit: int) -> Problem:
    return Problem(413, detail=f"At most {limit} bytes are taken here.", headers={"Connection": "close"})
