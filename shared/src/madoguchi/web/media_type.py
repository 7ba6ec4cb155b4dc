"""415 for a body of another kind than a route takes."""

from collections.abc import Awaitable, Callable
from email.message import Message

from starlette.requests import Request

from madoguchi.web.problems import Problem


def takes(*media_types: str) -> Callable[[Request], Awaitable[None]]:
    """FastAPI dependency: the body, if there is one, must be of one of these types (`application/json`)."""

    async def check(request: Request) -> None:
        sent = request.headers.get("content-type")
        if sent is None and not await request.body():
            return
        if media_type(sent or "") not in media_types:
            raise Problem(
                415, detail=f"Send {' or '.join(media_types)}.", headers={"Accept-Post": ", ".join(media_types)}
            )

    return check


def media_type(header: str) -> str:
    """`type/subtype` of a `Content-Type`, lower case, without parameters; empty when there is none."""
    if not header:
        return ""
    message = Message()
    message["content-type"] = header
    return message.get_content_type()
