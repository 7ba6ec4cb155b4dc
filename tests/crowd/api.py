"""A channel integration's resident: asks by the REST API, hears by e-mail, looks at the request when impatient."""

import asyncio
import contextlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from crowd.clerk import Clerk
from crowd.stories import Story
from crowd.world import CONFLICT, Answer, Lines, NotNow, World
from madoguchi_sandbox.resident import Json, NothingCame

LONGEST_LOOK = 4.0


@dataclass(slots=True)
class ApiThread:
    """One thread, from the first call to its end."""

    world: World
    story: Story
    clerk: Clerk
    lines: Lines
    made: Json

    @classmethod
    def of(cls, world: World, story: Story, clerk: Clerk, lines: Lines) -> "ApiThread":
        """One that has not begun."""
        return cls(world, story, clerk, lines, {})

    async def play(self) -> None:
        """All of it. Raises when something does not come."""
        await self._ask()
        if self.story.prepaid:
            await self._pay()
        await self._prove()
        if not self.story.prepaid:
            await self._pay()
        if self.story.plot == "clerk_refuses":
            await self._refused()
        else:
            await self._fetch()

    async def _ask(self) -> None:
        story, key = self.story, str(uuid.uuid4())
        self.lines.note(
            "begun", way="api", town=story.town, story=story.plot, user_id=None, email=story.email, card=story.card
        )
        catalogue = (await self._call("GET", "/v1/catalogue")).json()
        wish = {
            "certificate": "residence_certificate",
            "contact": {"email": story.email},
            "consent": {"accepted": True, "version": catalogue["consent"]["version"]},
        }
        self.lines.note("consented", idempotency_key=key)
        async with self.lines.step("accepted"):
            headers = {"Idempotency-Key": key}
            answer = await self._call("POST", "/v1/requests", also=CONFLICT, json=wish, headers=headers)
        self.made = answer.json()
        page = self.made["links"]["status_page"]
        self.lines.note("accepted", request_id=self.made["request_id"], status_url=page)

    async def _prove(self) -> None:
        """A text that has run out meanwhile (409) is asked for anew: one clock may be wrong."""
        request = f"/v1/requests/{self.made['request_id']}"
        challenge = self.made["challenge"]

        async def handed_in() -> Answer:
            nonlocal challenge
            cms = await self.world.signed(self.story.card, challenge["text"])
            evidence = {"challenge_id": challenge["challenge_id"], "cms": cms}
            answer = await self._send("POST", f"{request}/evidence", json=evidence)
            if answer.status in CONFLICT:
                challenge = (await self._call("POST", f"{request}/challenges")).json()
                raise NotNow(str(answer.status))
            return answer.good()

        async with self.lines.step("evidence"):
            await self.world.insist(handed_in)
        self.lines.note("signed")

    async def _pay(self) -> None:
        async with self.lines.step("fee_due"):
            seen = await self._until(lambda seen: bool(seen["links"]["payment_page"]))
        async with self.lines.step("payment"):
            await self.world.pay(seen["links"]["payment_page"])
        self.lines.note("paid")

    async def _fetch(self) -> None:
        async with self.lines.step("ready"):
            seen = await self._until(lambda seen: bool(seen["links"]["download"]))
        async with self.lines.step("download"):
            digest = await self.world.fetched(seen["links"]["download"])
        self.lines.note("downloaded", sha256=digest)
        self.lines.note("ended", outcome="ready")

    async def _refused(self) -> None:
        async with self.lines.step("refused"):
            await self._until(lambda seen: seen["status"] == "refused" and seen["fee"]["refund"] == "done")
        self.lines.note("ended", outcome="refused")

    async def _until(self, holds: Callable[[Json], bool]) -> Json:
        """The request once that holds: looked at when a letter comes, and now and then. Raises `NothingCame`."""
        news, pause = self.world.letters.news[str(self.story.email)], 0.5
        loop = asyncio.get_running_loop()
        end, decided_at = loop.time() + self.world.patience, -60.0
        while loop.time() < end:
            news.clear()
            seen = (await self._call("GET", f"/v1/requests/{self.made['request_id']}")).json()
            if holds(seen):
                return seen
            if seen["status"] == "with_clerk" and loop.time() - decided_at > 6:
                await self.clerk.for_sure(self.story, self.made["request_id"])
                decided_at = loop.time()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), pause)
            pause = min(LONGEST_LOOK, pause * 1.4)
        raise NothingCame(f"still {seen['status']}")

    async def _call(self, method: str, path: str, **how: Any) -> Answer:
        return (await self._send(method, path, **how)).good()

    async def _send(self, method: str, path: str, *, headers: dict[str, str] | None = None, **how: Any) -> Answer:
        own = {"Authorization": f"Bearer {self.world.key_of(self.story.town)}", **(headers or {})}
        return await self.world.ask(method, f"{self.world.intake}{path}", headers=own, **how)
