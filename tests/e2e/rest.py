"""A channel that uses the REST API, and a resident behind it whose notices come by e-mail."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from e2e.outside import TITLES
from madoguchi_sandbox.launcher.plan import SANDBOX
from madoguchi_sandbox.launcher.stack import Stack
from madoguchi_sandbox.resident import NothingCame

Json = dict[str, Any]


@dataclass(slots=True)
class Client:
    """One channel with its live key."""

    http: httpx.AsyncClient
    sandbox: str
    stranger: httpx.AsyncClient
    """Somebody without a key: the resident's browser, card and phone."""

    async def wish(self, *, email: str | None = None, **more: Any) -> Json:
        """What a request for a certificate says."""
        catalogue = (await self.http.get("/v1/catalogue")).raise_for_status().json()
        consent = {"accepted": True, "version": catalogue["consent"]["version"]}
        return {"certificate": "residence_certificate", "contact": {"email": email}, "consent": consent, **more}

    async def create(self, *, email: str | None = None, key: str | None = None, **more: Any) -> httpx.Response:
        """Ask for a certificate."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return await self.http.post("/v1/requests", json=await self.wish(email=email, **more), headers=headers)

    async def read(self, made: Json) -> Json:
        """The request as it is now."""
        answer = await self.http.get(f"/v1/requests/{made['request_id']}")
        return dict(answer.raise_for_status().json())

    async def evidence(self, challenge: Json, card: str) -> Json:
        """The card's signature over the text, as the API wants it."""
        wish = {"card": card, "text": challenge["text"]}
        signed = (await self.stranger.post(f"{self.sandbox}/cards/_control/sign", json=wish)).raise_for_status()
        return {"challenge_id": challenge["challenge_id"], "cms": signed.json()["cms"]}

    async def sign(self, made: Json, card: str) -> httpx.Response:
        """Hand in evidence for the first text to sign."""
        evidence = await self.evidence(made["challenge"], card)
        url = f"/v1/requests/{made['request_id']}/evidence"
        return (await self.http.post(url, json=evidence)).raise_for_status()

    async def pay(self, made: Json) -> httpx.Response:
        """The resident follows the payment link and presses the button, twice, as impatient people do."""
        link = (await self.read(made))["links"]["payment_page"]
        page = (await self.stranger.get(link, follow_redirects=True)).raise_for_status()
        await self.stranger.post(str(page.url), data={"card": "good"})
        return await self.stranger.post(str(page.url), data={"card": "good"})

    async def until(self, made: Json, status: str, within: float = 40.0) -> Json:
        """The request once it has this status."""
        end = time.monotonic() + within
        while (present := await self.read(made))["status"] != status:
            if time.monotonic() > end:
                raise NothingCame(f"{present['status']}, not {status}, after {within:.0f} s")
            await asyncio.sleep(0.05)
        return present

    async def mails(self, address: str, *, at_least: int, within: float = 30.0) -> list[str]:
        """The kinds of the notices that came to an address, once there are so many."""
        end = time.monotonic() + within
        while True:
            url = f"{self.sandbox}/mail/_control/messages"
            found = (await self.stranger.get(url, params={"to": address})).raise_for_status().json()
            if len(found) >= at_least or time.monotonic() > end:
                return [TITLES[mail["subject"].partition("】")[2]] for mail in found]
            await asyncio.sleep(0.1)

    async def charges(self, made: Json, kind: str = "charges") -> list[Json]:
        """The provider's charges (or `refunds`) for a request."""
        books = (await self.stranger.get(f"{self.sandbox}/pay/_control/books")).raise_for_status().json()
        payment = made["fee"]["payment_id"]
        return [entry for entry in books[kind] if entry["payment_id"] == payment]


def key_of(stack: Stack, town: str, name: str = "sandbox-live") -> str:
    """An API key of a town."""
    lines = (stack.layout.folder / "sandbox" / town / "api-keys.txt").read_text().splitlines()
    return dict(line.split() for line in lines)[name]


@asynccontextmanager
async def channel(stack: Stack, town: str) -> AsyncIterator[Client]:
    """A channel of a town."""
    base = stack.layout.url("request-intake")
    headers = {"Authorization": f"Bearer {key_of(stack, town)}"}
    async with (
        httpx.AsyncClient(base_url=base, headers=headers, timeout=30) as http,
        httpx.AsyncClient(timeout=30) as stranger,
    ):
        yield Client(http, stack.layout.url(SANDBOX), stranger)
