"""A resident who uses the counter from the outside only: the chat, the card, the payment page, the pages of the town.

Used by the demo and by the end-to-end tests; it knows nothing that a person with a phone would not know.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

Json = dict[str, Any]

PATIENCE_SECONDS = 30.0


class NothingCame(Exception):
    """What was expected did not come in time."""


def buttons(message: Json) -> dict[str, str]:
    """The links of a message: label → address."""
    return {action["label"]: action["uri"] for action in _actions(message) if action.get("type") == "uri"}


def choices(message: Json) -> dict[str, str]:
    """The quick replies of a message: label → what they send back."""
    return {action["label"]: action["data"] for action in _actions(message) if action.get("type") == "postback"}


def words(message: Json) -> str:
    """Everything a person reads in a message."""
    if isinstance(message.get("text"), str):
        return str(message["text"])
    return "\n".join(_texts(message.get("contents")))


def _texts(part: Any) -> list[str]:
    if isinstance(part, list):
        return [text for child in part for text in _texts(child)]
    if not isinstance(part, dict):
        return []
    own = [part["text"]] if part.get("type") == "text" else []
    return [*own, *(text for key in ("header", "body", "contents", "footer") for text in _texts(part.get(key)))]


def _actions(part: Any) -> list[Json]:
    if isinstance(part, list):
        return [action for child in part for action in _actions(child)]
    if not isinstance(part, dict):
        return []
    own = [part["action"]] if isinstance(part.get("action"), dict) else []
    return [*own, *(action for key, child in part.items() if key != "action" for action in _actions(child))]


@dataclass(slots=True)
class Resident:
    """One person with a phone; `user_id` is theirs at the chat platform."""

    http: httpx.AsyncClient
    sandbox: str
    municipality: str
    user_id: str
    card: str
    read: int = 0
    """How far they have read the thread."""

    async def act(self, **act: Any) -> None:
        """Do something in the chat app."""
        url = f"{self.sandbox}/line/_control/users/{self.user_id}/acts"
        (await self.http.post(url, params=self._town, json=act)).raise_for_status()

    async def say(self, text: str) -> None:
        """Write a message."""
        await self.act(kind="text", text=text)

    async def press(self, message: Json, label: str) -> None:
        """Press a quick reply, by its label."""
        await self.act(kind="postback", data=choices(message)[label], display_text=label)

    async def thread(self) -> list[Json]:
        """The whole thread, oldest first."""
        url = f"{self.sandbox}/line/_control/users/{self.user_id}/thread"
        answer = await self.http.get(url, params=self._town)
        return list(answer.raise_for_status().json())

    async def expect(self, wanted: Callable[[Json], object], *, within: float = PATIENCE_SECONDS) -> Json:
        """The next message from the town that is `wanted`; what lies before it counts as read."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            for entry in await self.thread():
                if entry["seq"] > self.read and entry["from"] != "resident" and wanted(entry["message"]):
                    self.read = entry["seq"]
                    message: Json = entry["message"]
                    return message
            await asyncio.sleep(0.05)
        raise NothingCame(f"no such message in {within:.0f} s")

    async def expect_words(self, part: str, *, within: float = PATIENCE_SECONDS) -> Json:
        """The next message that contains `part`."""
        return await self.expect(lambda message: part in words(message), within=within)

    async def expect_button(self, path: str, *, within: float = PATIENCE_SECONDS) -> str:
        """The address of the next button whose address contains `path`."""
        message = await self.expect(lambda m: any(path in url for url in buttons(m).values()), within=within)
        return next(url for url in buttons(message).values() if path in url)

    async def sign(self, prove_url: str, card: str | None = None) -> httpx.Response:
        """Read the text on the prove page's challenge, sign it with the card, hand it in."""
        challenge = (await self.http.get(prove_url.removesuffix("/prove") + "/challenge")).raise_for_status().json()
        wish = {"card": card or self.card, "text": challenge["text"]}
        signed = (await self.http.post(f"{self.sandbox}/cards/_control/sign", json=wish)).raise_for_status().json()
        evidence = {"challenge_id": challenge["challenge_id"], "cms": signed["cms"]}
        return await self.http.post(challenge["submit_url"], json=evidence)

    async def pay(self, pay_url: str) -> httpx.Response:
        """Open the payment page and press the button for the good test card."""
        page = (await self.http.get(pay_url, follow_redirects=True)).raise_for_status()
        return await self.http.post(str(page.url), data={"card": "good"})

    async def mails(self, address: str) -> list[Json]:
        """What lies in the mail sink for an address."""
        answer = (await self.http.get(f"{self.sandbox}/mail/_control/messages")).raise_for_status().json()
        return [mail for mail in answer if address in str(mail.get("to"))]

    @property
    def _town(self) -> dict[str, str]:
        return {"municipality": self.municipality}


@asynccontextmanager
async def arrives(sandbox: str, municipality: str, *, name: str, card: str) -> AsyncIterator[Resident]:
    """Someone who adds the town's account as a friend and has read its greeting."""
    async with httpx.AsyncClient(timeout=30) as http:
        url = f"{sandbox}/line/_control/users"
        made = await http.post(url, params={"municipality": municipality}, json={"display_name": name, "follow": True})
        user_id = made.raise_for_status().json()["user_id"]
        resident = Resident(http, sandbox, municipality, user_id, card)
        await resident.expect(lambda message: True)
        yield resident
