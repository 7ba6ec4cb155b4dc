"""Load shedding: when as many requests wait for their answers as a process should keep, the next is told to come back.

A store that does not answer lets requests wait for seconds; without a limit they pile up until memory ends, and the
process takes with it those it could have answered. Own middleware, because the server's limit answers in plain text and
counts open event streams too.
"""

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from madoguchi.web.problems import RETRY_AFTER, Problem, answer

MOST_WAITING = 200
"""Requests of one process that wait at the same time: about a second's work (`make bench PARTS=acceptance`). Who waits
longer has given up by then: LINE, after two seconds, sends its webhook again."""
ALWAYS_ANSWERED = ("/health/", "/metrics")


class LoadShedding:
    """ASGI middleware. A request waits from when it is here whole until its answer begins: neither somebody who sends
    slowly nor an event stream that has begun takes room.

    Beyond `limit`: 503 `overloaded` with `Retry-After`, before anything of the request is read. Paths below `spared`
    are always answered.
    """

    def __init__(self, app: ASGIApp, limit: int = MOST_WAITING, spared: Sequence[str] = ALWAYS_ANSWERED) -> None:
        self._app = app
        self._limit = limit
        self._spared = tuple(spared)
        self._waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or scope["path"].startswith(self._spared):
            await self._app(scope, receive, send)
        elif self._waiting >= self._limit:
            await answer(Request(scope, receive), _overloaded())(scope, receive, send)
        else:
            await self._counted(scope, receive, send)

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        waits = False

        def wait(*, begins: bool) -> None:
            nonlocal waits
            self._waiting += begins - waits
            waits = begins

        async def received() -> Message:
            message = await receive()
            if message["type"] == "http.request" and not message.get("more_body"):
                wait(begins=True)
            return message

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                wait(begins=False)
            await send(message)

        wait(begins=not _has_body(scope))
        try:
            await self._app(scope, received, sent)
        finally:
            wait(begins=False)


def _has_body(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def _overloaded() -> Problem:
    return Problem(503, "overloaded", "Too much at once", headers={"Retry-After": RETRY_AFTER})
