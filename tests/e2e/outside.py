"""What can be seen of a thread from the outside: the chat, the provider's books, the pages. Nothing of the services."""

import asyncio
from collections import Counter
from dataclasses import dataclass

from madoguchi_sandbox.resident import Json, NothingCame, Resident, buttons, words

TITLES = {
    "accepted": "申し込みをお預かりしました",
    "proof_needed": "本人確認をお願いします",
    "with_clerk": "職員が確認しています",
    "fee_due": "手数料のお支払いをお願いします",
    "ready": "証明書ができました",
    "refused": "証明書をお出しできませんでした",
    "closed": "申し込みを終わりました",
    "refunded": "手数料を返金しました",
}


def notices(thread: list[Json]) -> Counter[str]:
    """How often each notice stands in a thread (a notice is a message with a button to the status page)."""
    firsts = [words(m).splitlines()[0] for e in thread if e["from"] != "resident" and buttons(m := e["message"])]
    return Counter(kind for first in firsts for kind, title in TITLES.items() if first == title)


@dataclass(slots=True)
class Thread:
    """A thread played step by step, so that a test can interfere in between."""

    resident: Resident
    prove_url: str = ""
    pay_url: str = ""
    download_url: str = ""

    @property
    def status_url(self) -> str:
        return self.prove_url.removesuffix("/prove")

    @property
    def request_id(self) -> str:
        return self.prove_url.split("/r/")[1].split(".")[0]

    async def ask(self, *, email: str | None = None) -> None:
        """To the end of the questions."""
        for said, expected in (
            ("住民票がほしい", "どなたの"),
            ("本人だけ", "載せる項目"),
            ("何も載せない", "メールでも"),
        ):
            await self.resident.say(said)
            await self.resident.expect_words(expected)
        await self.resident.say(email or "メールはいらない")
        await self.resident.expect_words("ご確認ください")
        await self.resident.say("はい")

    async def accepted(self) -> None:
        self.prove_url = await self.resident.expect_button("/prove")

    async def sign(self, card: str | None = None) -> None:
        (await self.resident.sign(self.prove_url, card)).raise_for_status()

    async def fee_due(self) -> None:
        self.pay_url = await self.resident.expect_button("/pay")

    async def pay(self) -> None:
        await self.resident.pay(self.pay_url)

    async def ready(self, within: float = 40.0) -> None:
        self.download_url = await self.resident.expect_button("/download/", within=within)

    async def certificate(self) -> bytes:
        answer = await self.resident.http.get(f"{self.download_url}/certificate.pdf")
        return answer.raise_for_status().content

    async def status(self) -> str:
        """The status code of the resident's page."""
        answer = await self.resident.http.get(f"{self.status_url}/state")
        return str(answer.raise_for_status().json()["status"])

    async def charges(self) -> list[Json]:
        """The provider's books for this request."""
        books = (await self.resident.http.get(f"{self.resident.sandbox}/pay/_control/books")).raise_for_status().json()
        payment = "pay_" + self.request_id.removeprefix("req_")
        return [entry for entry in books["charges"] if entry["payment_id"] == payment]

    async def settled(self) -> list[Json]:
        """The thread after it has been quiet for a while: late doubles would show."""
        quiet, before = 0, -1
        while quiet < 10:
            thread = await self.resident.thread()
            quiet, before = (quiet + 1 if len(thread) == before else 0), len(thread)
            await asyncio.sleep(0.2)
        return thread


__all__ = ["TITLES", "NothingCame", "Thread", "notices"]
