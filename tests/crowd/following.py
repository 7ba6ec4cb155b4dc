"""Reading what the sandbox writes down, as it grows: messages that reach a phone, letters that reach an address.

One reader for the whole crowd: to ask the sandbox for every thread again and again would be most of the load.
"""

import asyncio
import email
import email.policy
import json
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from madoguchi_sandbox.resident import Json, NothingCame, buttons, words

LOOK_EVERY = 0.02
T = TypeVar("T")
_LINK = re.compile(r"https?://[^\s<>\"]+")


@dataclass(slots=True)
class Follower:
    """Hands on each new line of a file of JSON lines that has one of `kinds`."""

    path: Path
    kinds: tuple[str, ...]
    take: Callable[[Json], None]
    _file: BinaryIO | None = None
    _rest: bytes = b""

    async def run(self) -> None:
        """Until cancelled."""
        marks = [f'"kind": "{kind}"'.encode() for kind in self.kinds]
        try:
            while True:
                for line in self._lines():
                    if any(mark in line[:80] for mark in marks):  # `at` and `kind` come first
                        self.take(json.loads(line))
                await asyncio.sleep(LOOK_EVERY)
        finally:
            if self._file is not None:
                self._file.close()

    def _lines(self) -> list[bytes]:
        if self._file is None:
            if not self.path.exists():
                return []
            self._file = self.path.open("rb")
        *whole, self._rest = (self._rest + self._file.read()).split(b"\n")
        return whole


@dataclass(slots=True)
class Phone:
    """One resident's phone: what the town's account sent, in order."""

    messages: list[Json] = field(default_factory=list)
    read: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def expect(self, wanted: Callable[[Json], object], within: float) -> Json:
        """The next message that is `wanted`; what lies before it counts as read. Raises `NothingCame`."""

        def look() -> Json | None:
            for number, message in enumerate(self.messages[self.read :], self.read + 1):
                if wanted(message):
                    self.read = number
                    return message
            return None

        return await self.until(look, within)

    async def says(self, part: str, within: float) -> Json:
        """The next message with these words in it."""
        return await self.expect(lambda message: part in words(message), within)

    async def button(self, path: str, within: float) -> str:
        """The address of a button that contains `path`, in any message."""

        def look() -> str | None:
            return next((url for message in self.messages for url in buttons(message).values() if path in url), None)

        return await self.until(look, within)

    async def until(self, look: Callable[[], T | None], within: float) -> T:
        """What `look` finds, once it finds something. Raises `NothingCame`."""
        try:
            async with asyncio.timeout(within):
                while (found := look()) is None:
                    self.news.clear()
                    await self.news.wait()
        except TimeoutError:
            raise NothingCame(f"not within {within:.0f} s") from None
        return found


@dataclass(slots=True)
class Phones:
    """Every resident's phone, by user id."""

    of: dict[str, Phone] = field(default_factory=lambda: defaultdict(Phone))

    def take(self, record: Json) -> None:
        """A line of the chat platform's journal: messages arrived."""
        for user in record["delivered_to"]:
            phone = self.of[user]
            phone.messages += record["messages"]
            phone.news.set()


@dataclass(frozen=True, slots=True)
class Letter:
    """One e-mail: its subject and the addresses in it."""

    subject: str
    links: tuple[str, ...]


@dataclass(slots=True)
class Letters:
    """Every e-mail, by address."""

    to: dict[str, list[Letter]] = field(default_factory=lambda: defaultdict(list))
    news: dict[str, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))

    def take(self, record: Json) -> None:
        """A line of the mail server's journal: a letter arrived."""
        message = email.message_from_string(record["raw"], policy=email.policy.default)
        body = message.get_body(("plain",))
        text = "" if body is None else str(body.get_content())
        for address in record["to"]:
            self.to[address].append(Letter(str(message["subject"]), tuple(_LINK.findall(text))))
            self.news[address].set()


def follow(sandbox: Path) -> tuple[Phones, Letters, list[Callable[[], Any]]]:
    """Phones and letters below the sandbox's folder, and what must run for them to ring."""
    phones, letters = Phones(), Letters()
    followers = [
        Follower(sandbox / "line.jsonl", ("sent",), phones.take),
        Follower(sandbox / "mail.jsonl", ("mail",), letters.take),
    ]
    return phones, letters, [follower.run for follower in followers]
