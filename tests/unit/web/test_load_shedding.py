"""As many requests wait as the limit says; the next is told to come back, and those that wait get their answers."""

import asyncio
from collections.abc import AsyncIterator

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from starlette.types import Message, Receive, Send

from madoguchi.web.load_shedding import LoadShedding
from madoguchi.web.problems import RETRY_AFTER

LIMIT = 2


class Slow:
    """An app with a door that opens when told to, one that streams until told to stop, and health."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.inside = asyncio.Semaphore(0)
        app = FastAPI()

        @app.get("/slow")
        async def slow() -> str:
            self.inside.release()
            await self.opened.wait()
            return "served"

        @app.post("/form")
        async def form(request: Request) -> str:
            await request.body()
            return await slow()

        @app.get("/broken")
        async def broken() -> str:
            raise RuntimeError

        @app.get("/events")
        async def events() -> StreamingResponse:
            return StreamingResponse(self._pulse(), media_type="text/event-stream")

        @app.get("/health/live")
        @app.get("/metrics")
        async def fine() -> str:
            return "fine"

        app.add_middleware(LoadShedding, limit=LIMIT)
        self.app = app

    async def _pulse(self) -> AsyncIterator[bytes]:
        yield b"data: here\n\n"
        await self.opened.wait()

    def client(self) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://counter")


async def _waiting(slow: Slow, client: httpx.AsyncClient, count: int) -> "list[asyncio.Task[httpx.Response]]":
    tasks = [asyncio.create_task(client.get("/slow")) for _ in range(count)]
    for _ in range(count):
        await slow.inside.acquire()
    return tasks


async def _call(
    slow: Slow, method: str, path: str, receive: Receive, send: Send, *headers: tuple[bytes, bytes]
) -> None:
    scope = {"type": "http", "method": method, "path": path, "headers": [*headers], "query_string": b""}
    await slow.app(scope, receive, send)


async def test_who_sends_slowly_takes_no_room() -> None:
    slow = Slow()
    asked = asyncio.Semaphore(0)

    async def receive() -> Message:
        asked.release()
        await slow.opened.wait()
        return {"type": "http.disconnect"}

    async def send(_: Message) -> None:
        return

    length = (b"content-length", b"10")
    senders = [asyncio.create_task(_call(slow, "POST", "/form", receive, send, length)) for _ in range(LIMIT + 1)]
    for _ in senders:
        await asyncio.wait_for(asked.acquire(), 5)
    async with slow.client() as client:
        waiting = await _waiting(slow, client, LIMIT)
        assert (await client.get("/slow")).status_code == 503
        slow.opened.set()
        assert [(await answer).status_code for answer in waiting] == [200] * LIMIT
    await asyncio.gather(*senders, return_exceptions=True)


async def test_what_was_sent_whole_takes_room() -> None:
    slow = Slow()
    async with slow.client() as client:
        waiting = [asyncio.create_task(client.post("/form", content=b"whole")) for _ in range(LIMIT)]
        for _ in waiting:
            await slow.inside.acquire()
        assert (await client.get("/slow")).status_code == 503
        slow.opened.set()
        assert [(await answer).status_code for answer in waiting] == [200] * LIMIT


async def test_beyond_the_limit_a_problem_that_says_when_to_come_back() -> None:
    slow = Slow()
    async with slow.client() as client:
        waiting = await _waiting(slow, client, LIMIT)
        refused = await client.get("/slow")
        assert refused.status_code == 503
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.headers["retry-after"] == RETRY_AFTER
        assert refused.json()["code"] == "overloaded"
        assert slow.inside.locked(), "the refused one came no further"
        slow.opened.set()
        assert [(await answer).status_code for answer in waiting] == [200] * LIMIT
        assert (await client.get("/slow")).status_code == 200


async def test_health_and_metrics_are_always_answered() -> None:
    slow = Slow()
    async with slow.client() as client:
        waiting = await _waiting(slow, client, LIMIT)
        for path in ("/health/live", "/metrics"):
            assert (await client.get(path)).status_code == 200
        slow.opened.set()
        await asyncio.gather(*waiting)


async def test_a_failure_makes_room_again() -> None:
    slow = Slow()
    async with slow.client() as client:
        for _ in range(LIMIT + 1):
            assert (await client.get("/broken")).status_code == 500
        slow.opened.set()
        assert (await client.get("/slow")).status_code == 200


async def test_an_event_stream_that_has_begun_takes_no_room() -> None:
    slow = Slow()
    begun = asyncio.Event()

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            begun.set()

    async def receive() -> Message:
        await slow.opened.wait()
        return {"type": "http.disconnect"}

    streams = []
    for _ in range(LIMIT + 1):
        begun.clear()
        streams.append(asyncio.create_task(_call(slow, "GET", "/events", receive, send)))
        await asyncio.wait_for(begun.wait(), 5)
    async with slow.client() as client:
        waiting = await _waiting(slow, client, LIMIT)
        slow.opened.set()
        assert [(await answer).status_code for answer in waiting] == [200] * LIMIT
    await asyncio.gather(*streams)
