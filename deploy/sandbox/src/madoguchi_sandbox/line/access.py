"""How a request finds its account: by access token in the Messaging API, by `?municipality=` on the far side."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request

from madoguchi_sandbox.line.channel import Channel
from madoguchi_sandbox.line.errors import LineError
from madoguchi_sandbox.line.platform import Platform

LARGEST_BODY = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Call:
    """An authenticated call of the Messaging API."""

    request: Request
    channel: Channel
    now: datetime

    @property
    def id(self) -> str:
        """What `x-line-request-id` says."""
        return str(self.request.state.request_id)

    @property
    def retry_key(self) -> str | None:
        """`X-Line-Retry-Key`."""
        return self.request.headers.get("x-line-retry-key")

    async def body(self) -> dict[str, Any]:
        """The JSON object in the body. Raises 413, 415 and 400."""
        if self.request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise LineError(415, "Unsupported Media Type")
        raw = bytearray()
        async for part in self.request.stream():
            raw += part
            if len(raw) > LARGEST_BODY:
                raise LineError(413, "Request Entity Too Large")
        where = "(line: -, column: -)"
        try:
            body = json.loads(bytes(raw))
        except json.JSONDecodeError as error:
            where, body = f"(line: {error.lineno}, column: {error.colno})", None
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise LineError(400, f"The request body could not be parsed as JSON {where}")
        return body


async def platform_of(request: Request) -> Platform:
    """The platform behind the app."""
    platform: Platform = request.app.state.platform
    return platform


async def _call(request: Request) -> Call:
    platform = await platform_of(request)
    channel = platform.authenticated(request.headers.get("authorization"))
    request.state.channel = channel
    return Call(request, channel, platform.clock())


async def _of_town(request: Request, municipality: str | None = None) -> Channel:
    try:
        return (await platform_of(request)).of_town(municipality)
    except (KeyError, StopIteration):
        raise HTTPException(404, "no such town here") from None


Authenticated = Annotated[Call, Depends(_call)]
ThePlatform = Annotated[Platform, Depends(platform_of)]
OfTown = Annotated[Channel, Depends(_of_town)]
"""The account meant by `?municipality=`; the first one when none is named."""
