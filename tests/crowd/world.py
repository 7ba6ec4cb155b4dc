"""What the whole crowd shares: addresses, one HTTP client that insists, phones and letters, the diary."""

import asyncio
import contextlib
import hashlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_exponential_jitter

from crowd.diary import Diary
from crowd.following import Letters, Phones, follow
from madoguchi_sandbox.launcher.plan import SANDBOX, Layout
from madoguchi_sandbox.resident import Json

CONNECTIONS = 1000
CONFLICT = frozenset({409})
"""Not as things stand: after a moment, or with a fresh text, it may be."""
LATER = frozenset({408, 429, 500, 502, 503, 504})
"""Answers after which a person tries again."""


class NotNow(Exception):
    """The town's side can't just now."""


class Refused(Exception):
    """An answer that trying again does not change."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, read to its end."""

    status: int
    url: str
    content: bytes

    def good(self) -> "Answer":
        """Itself. Raises `Refused` for a 4xx."""
        if self.status >= 400:
            raise Refused(str(self.status))
        return self

    def json(self) -> Json:
        """Its body."""
        return dict(json.loads(self.content))


@dataclass(slots=True)
class World:
    """Everything outside the town hall that residents use."""

    layout: Layout
    http: aiohttp.ClientSession
    phones: Phones
    letters: Letters
    diary: Diary
    patience: float = 300.0
    """Seconds that a resident waits for the next thing to happen."""

    @property
    def sandbox(self) -> str:
        """Where the outside world answers."""
        return self.layout.url(SANDBOX)

    @property
    def intake(self) -> str:
        """The public door."""
        return self.layout.url("request-intake")

    def key_of(self, town: str) -> str:
        """A town's live API key."""
        lines = (self.layout.folder / "sandbox" / town / "api-keys.txt").read_text().splitlines()
        return dict(line.split() for line in lines)["sandbox-live"]

    async def ask(self, method: str, url: str, *, also: frozenset[int] = frozenset(), **how: Any) -> Answer:
        """An answer that is no "try again later" (nor one of `also`): what a person gets who reloads the page.

        Raises `NotNow` or aiohttp's `ClientError` when it stays so beyond patience.
        """

        async def once() -> Answer:
            async with self.http.request(method, url, **how) as response:
                answer = Answer(response.status, str(response.url), await response.read())
            if answer.status in LATER | also:
                raise NotNow(f"{answer.status}")
            return answer

        return await self.insist(once)

    async def insist(self, act: Callable[[], Awaitable[Answer]]) -> Answer:
        """Try again until it works."""
        tries = AsyncRetrying(
            retry=retry_if_exception_type((aiohttp.ClientError, TimeoutError, NotNow)),
            wait=wait_exponential_jitter(multiplier=0.1, max=2.0, jitter=0.1),
            stop=stop_after_delay(self.patience),
            reraise=True,
        )
        return await tries(act)

    async def act(self, town: str, user_id: str, **act: Any) -> Json:
        """Do something in the chat app; the platform is always there."""
        url = f"{self.sandbox}/line/_control/users/{user_id}/acts"
        return (await self.ask("POST", url, params={"municipality": town}, json=act)).good().json()

    async def signed(self, card: str, text: str) -> str:
        """The card's signature over a text, base64."""
        wish = {"card": card, "text": text}
        answer = await self.ask("POST", f"{self.sandbox}/cards/_control/sign", json=wish)
        return str(answer.good().json()["cms"])

    async def pay(self, pay_url: str) -> None:
        """Open the payment page, press the button for the good test card."""
        page = await self.ask("GET", pay_url, also=CONFLICT)
        await self.ask("POST", page.good().url, data={"card": "good"}, allow_redirects=False)

    async def fetched(self, download_url: str) -> str:
        """SHA-256 of the certificate, once it comes."""
        answer = await self.ask("GET", f"{download_url}/certificate.pdf")
        return hashlib.sha256(answer.good().content).hexdigest()


@asynccontextmanager
async def opened(layout: Layout, diary: Path, patience: float = 300.0) -> AsyncIterator[World]:
    """The world around the system of that layout; reads what the sandbox writes as long as it is open."""
    phones, letters, followers = follow(layout.folder / "sandbox")
    timeout, connector = aiohttp.ClientTimeout(total=30), aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as http:
        running = [asyncio.create_task(work()) for work in followers]
        book = Diary.at(diary)
        try:
            yield World(layout, http, phones, letters, book, patience)
        finally:
            book.close()
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class Lines:
    """A resident's own lines in the diary."""

    diary: Diary
    thread: str

    def note(self, kind: str, **facts: Any) -> None:
        """Something happened."""
        self.diary.write(kind, thread=self.thread, **facts)

    @contextlib.asynccontextmanager
    async def step(self, name: str) -> AsyncIterator[None]:
        """A wait: how long it was, or that it was given up."""
        began, at = self.diary.clock().isoformat(), time.monotonic()
        try:
            yield
        except BaseException:
            self.note("gave_up", name=name, began=began)
            raise
        self.note("step", name=name, began=began, seconds=round(time.monotonic() - at, 4))
