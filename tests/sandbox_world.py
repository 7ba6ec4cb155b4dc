"""A chat platform on a free port with a bot behind it, for the tests of the sandbox."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI, Request, Response
from linebot.v3 import WebhookParser
from linebot.v3.messaging import AsyncApiClient, AsyncMessagingApi, AsyncMessagingApiBlob, Configuration
from starlette.types import ASGIApp

from madoguchi_sandbox.line.api import messaging_api
from madoguchi_sandbox.line.model import Account
from madoguchi_sandbox.line.platform import Platform, bot_user_id
from madoguchi_sandbox.phone.page import phone_app

SECRET, TOKEN, TOWN = "channel-secret-of-the-test", "access-token-of-the-test", "990019"


@asynccontextmanager
async def listening(app: ASGIApp) -> AsyncIterator[str]:
    """Serve an app on a free port of this machine; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_config=None, lifespan="on", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        free.listen()
        running = asyncio.create_task(server.serve(sockets=[free]))
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{free.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running


@dataclass
class Clock:
    """A clock that a test moves on."""

    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Bot:
    """Takes webhook calls as line-bot-sdk's parser understands them; answers as it is told."""

    answers: list[int | float] = field(default_factory=list)
    """What to answer to the next calls: a status, or (a float) seconds to wait before 200. Then always 200."""
    events: list[Any] = field(default_factory=list)
    calls: list[bytes] = field(default_factory=list)
    unanswered: int = 0
    most_at_once: int = 0
    """The most calls that waited for an answer at the same time."""
    gathers: int = 0
    """So many calls must wait at the same time before the first is answered."""
    gathered: asyncio.Event = field(default_factory=asyncio.Event)
    parser: WebhookParser = field(default_factory=lambda: WebhookParser(SECRET))

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/line/webhook/{town}")
        async def webhook(request: Request) -> Response:
            body = await request.body()
            self.calls.append(body)
            self.events += self.parser.parse(body.decode(), request.headers["x-line-signature"])
            self.unanswered += 1
            try:
                return await self._answered()
            finally:
                self.unanswered -= 1

        return app

    async def _answered(self) -> Response:
        self.most_at_once = max(self.most_at_once, self.unanswered)
        if self.most_at_once >= self.gathers:
            self.gathered.set()
        await self.gathered.wait()
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, float):
            await asyncio.sleep(answer)
            return Response()
        return Response(status_code=answer)


@dataclass
class World:
    """The platform, its far side, the bot, and line-bot-sdk's clients."""

    platform: Platform
    bot: Bot
    clock: Clock
    control: httpx.AsyncClient
    api: AsyncMessagingApi
    blob: AsyncMessagingApiBlob
    raw: httpx.AsyncClient
    url: str

    async def resident(self, name: str = "さくら") -> str:
        """Register somebody who has added the account."""
        answer = await self.control.post("users", json={"display_name": name})
        user: str = answer.json()["user_id"]
        await self.until(lambda: any(getattr(e.source, "user_id", "") == user for e in self.bot.events))
        return user

    async def act(self, user: str, kind: str, **fields: Any) -> dict[str, Any]:
        """Do something as a resident."""
        answer = await self.control.post(f"users/{user}/acts", json={"kind": kind, **fields})
        answer.raise_for_status()
        result: dict[str, Any] = answer.json()
        return result

    async def thread(self, user: str) -> list[dict[str, Any]]:
        """What the resident sees."""
        entries: list[dict[str, Any]] = (await self.control.get(f"users/{user}/thread")).json()
        return entries

    async def statistics(self) -> dict[str, Any]:
        """The platform's counters."""
        figures: dict[str, Any] = (await self.control.get("statistics")).json()
        return figures

    async def fault(self, kind: str, **fields: Any) -> None:
        """Arm a fault."""
        (await self.control.post("faults", json={"kind": kind, **fields})).raise_for_status()

    async def until(self, holds: Callable[[], bool], within: float = 15.0) -> None:
        """Wait for something to become true."""
        async with asyncio.timeout(within):
            while not holds():  # noqa: ASYNC110 - whatever it is, it may be anybody's doing
                await asyncio.sleep(0.01)


@asynccontextmanager
async def chat_world(folder: Path) -> AsyncIterator[World]:
    """Everything running; ends clean."""
    bot, clock = Bot(), Clock()
    async with listening(bot.app()) as bot_url:
        webhook = f"{bot_url}/line/webhook/{TOWN}"
        account = Account(TOWN, "見本市", SECRET, TOKEN, webhook, bot_user_id(TOWN))
        platform = Platform([account], folder, clock)
        platform.open()
        outer = FastAPI()
        outer.mount("/line", messaging_api(platform))
        outer.mount("/phone", phone_app(platform))
        async with listening(outer) as url:
            configuration = Configuration(host=f"{url}/line", access_token=TOKEN)
            headers = {"authorization": f"Bearer {TOKEN}"}
            async with (
                AsyncApiClient(configuration) as sdk,
                httpx.AsyncClient(base_url=f"{url}/line/_control/", trust_env=False) as control,
                httpx.AsyncClient(base_url=f"{url}/line/v2/bot/", headers=headers, trust_env=False) as raw,
            ):
                yield World(platform, bot, clock, control, AsyncMessagingApi(sdk), AsyncMessagingApiBlob(sdk), raw, url)
            await platform.close()
