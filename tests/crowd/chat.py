"""A resident who uses the chat: asks, signs, pays, fetches; or takes it back, and is given the fee again."""

from dataclasses import dataclass, field
from functools import partial

from crowd.clerk import Clerk
from crowd.following import Phone
from crowd.stories import Story
from crowd.world import CONFLICT, Answer, Lines, NotNow, World
from madoguchi_sandbox.resident import buttons, words

REFUSED_CARD = "hanako-revoked"


@dataclass(slots=True)
class ChatThread:
    """One thread, from the first message to its end."""

    world: World
    story: Story
    clerk: Clerk
    lines: Lines
    user_id: str = ""
    phone: Phone = field(default_factory=Phone)

    async def play(self) -> None:
        """All of it. Raises when something does not come."""
        await self._arrive()
        await self._agree()
        page = await self._accepted()
        if self.story.plot == "cancels":
            await self._pay()
            await self._take_back(page)
            return
        if self.story.prepaid:
            await self._pay()
        await self._prove(page)
        if not self.story.prepaid:
            await self._pay(page)
        await self._fetch(page)

    async def _arrive(self) -> None:
        url = f"{self.world.sandbox}/line/_control/users"
        new = {"display_name": self.story.thread, "follow": True}
        made = await self.world.ask("POST", url, params={"municipality": self.story.town}, json=new)
        self.user_id = made.good().json()["user_id"]
        self.phone = self.world.phones.of[self.user_id]
        self.lines.note(
            "begun",
            way="chat",
            town=self.story.town,
            story=self.story.plot,
            user_id=self.user_id,
            email=self.story.email,
            card=self.story.card,
        )
        async with self.lines.step("greeting"):
            await self.phone.expect(lambda message: True, self.world.patience)

    async def _agree(self) -> None:
        for said, answer in (
            ("住民票がほしい", "どなたの"),
            ("本人だけ", "載せる項目"),
            ("何も載せない", "メールでも"),
            (self.story.email or "メールはいらない", "ご確認ください"),
        ):
            await self._say(said)
            async with self.lines.step("answer"):
                await self.phone.says(answer, self.world.patience)
        self.lines.note("consented", event_id=await self._say("はい"))

    async def _say(self, text: str) -> str:
        return str((await self.world.act(self.story.town, self.user_id, kind="text", text=text))["event_id"])

    async def _accepted(self) -> str:
        async with self.lines.step("accepted"):
            prove = await self.phone.button("/prove", self.world.patience)
        page = prove.removesuffix("/prove")
        self.lines.note("accepted", request_id=page.split("/r/")[1].split(".")[0], status_url=page)
        return page

    async def _prove(self, page: str) -> None:
        if self.story.plot == "second_try":
            await self._sign(page, REFUSED_CARD)
            async with self.lines.step("rejected"):
                await self.phone.says("本人確認ができませんでした", self.world.patience)
        await self._sign(page, self.story.card)

    async def _sign(self, page: str, card: str) -> None:
        """A text that has run out meanwhile (409) is fetched anew, as the card app does: one clock may be wrong."""
        async with self.lines.step("evidence"):
            await self.world.insist(partial(self._handed_in, page, card))
        self.lines.note("signed")

    async def _handed_in(self, page: str, card: str) -> Answer:
        # The rejection may reach the phone before the counter has heard of it: until then, no new text (409).
        text = await self.world.ask("GET", f"{page}/challenge", also=CONFLICT)
        challenge = text.good().json()
        evidence = {"challenge_id": challenge["challenge_id"], "cms": await self.world.signed(card, challenge["text"])}
        answer = await self.world.ask("POST", challenge["submit_url"], json=evidence)
        if answer.status in CONFLICT:
            raise NotNow(str(answer.status))
        return answer.good()

    async def _pay(self, page: str = "") -> None:
        async with self.lines.step("fee_due"), self.clerk.at_hand(self.story, page, self._referred):
            url = await self.phone.button("/pay", self.world.patience)
        async with self.lines.step("payment"):
            await self.world.pay(url)
        self.lines.note("paid")

    async def _fetch(self, page: str) -> None:
        async with self.lines.step("ready"), self.clerk.at_hand(self.story, page, self._referred):
            url = await self.phone.button("/download/", self.world.patience)
        async with self.lines.step("download"):
            digest = await self.world.fetched(url)
        self.lines.note("downloaded", sha256=digest)
        self.lines.note("ended", outcome="ready")

    def _referred(self) -> bool:
        return any("職員が確認" in words(message) and buttons(message) for message in self.phone.messages)

    async def _take_back(self, page: str) -> None:
        await self._say("やめる")
        async with self.lines.step("answer"):
            await self.phone.says("取り下げますか", self.world.patience)
        await self._say("はい")
        async with self.lines.step("refunded"):
            await self.phone.says("手数料を返金しました", self.world.patience)
        self.lines.note("cancelled", status_url=page)
        self.lines.note("ended", outcome="cancelled")
