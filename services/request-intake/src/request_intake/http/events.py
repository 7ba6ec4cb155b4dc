"""REST v1: the status as server-sent events."""

import asyncio
import hashlib
from collections.abc import AsyncIterable
from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent

from madoguchi.web.problems import responses
from request_intake.http import models as m
from request_intake.http import views
from request_intake.http.errors import DOCUMENTED
from request_intake.http.requests import Own, World

router = APIRouter(prefix="/v1/requests/{request_id}", tags=["requests"], responses=responses(*DOCUMENTED))

LOOK_EVERY = 0.5
"""Seconds."""
STREAM_FOR = 20.0
"""Seconds until the stream ends; the client comes again with `Last-Event-ID`, perhaps to another process."""
COME_AGAIN = 1000
"""Milliseconds."""


@router.get("/events", response_class=EventSourceResponse)
async def follow_request(
    deps: World, state: Own, last_event_id: Annotated[str | None, Header(max_length=64)] = None
) -> AsyncIterable[ServerSentEvent]:
    """The request now (event `status`, data as in `GET /v1/requests/{request_id}`), and each time it changes.

    With `Last-Event-ID`, only what differs from what was seen. The stream ends after 20 seconds; come again.
    """
    seen, until = last_event_id, asyncio.get_running_loop().time() + STREAM_FOR
    yield ServerSentEvent(retry=COME_AGAIN, comment="madoguchi")
    while True:
        view = views.request(deps, state)
        now = _mark(view)
        if now != seen:
            seen = now
            yield ServerSentEvent(event="status", id=now, data=view)
        if asyncio.get_running_loop().time() >= until:
            return
        await asyncio.sleep(LOOK_EVERY)
        state = await deps.load(state.request_id)


def _mark(view: m.RequestOut) -> str:
    """An event id: the same for the same content, on every process."""
    return hashlib.sha256(view.model_dump_json(exclude={"links"}).encode()).hexdigest()[:24]
