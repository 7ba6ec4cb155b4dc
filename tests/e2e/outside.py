"""What can be seen of a thread from the outside: the chat, the provider's books, the pages. Nothing of the services."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from madoguchi.contracts.vocabulary import Language, NoticeKind
from madoguchi.text.catalogue import Catalogue
from madoguchi_sandbox.resident import PATIENCE_SECONDS, Json, NothingCame, Resident, buttons, words

_TEXTS = Catalogue.of_package("notify")
TITLES = {_TEXTS.text(Language.JAPANESE, f"{kind}.title"): kind.value for kind in NoticeKind}
"""What a notice begins with → its kind."""

ONCE = {"accepted": 1, "proof_needed": 1, "fee_due": 1, "ready": 1}
"""The notices of a thread in which nothing is refused."""


def notices(thread: list[Json]) -> Counter[str]:
    """How often each notice stands in a thread."""
    return Counter(kind for kind, _ in told(thread))


def told(thread: list[Json]) -> list[tuple[str, str]]:
    """The notices in a thread: kind, request. A notice is a message whose buttons lead to a request."""
    found = []
    for entry in thread:
        links = [] if entry["from"] == "resident" else list(buttons(entry["message"]).values())
        request = next((match[0] for url in links if (match := _REQUEST.search(url))), None)
        kind = TITLES.get(words(entry["message"]).partition("\n")[0])
        if request and kind:
            found.append((kind, request))
    return found


_REQUEST = re.compile(r"req_[0-9a-z]{26}")


async def comes_true(condition: Callable[[], Awaitable[bool]], within: float = PATIENCE_SECONDS) -> None:
    """Wait until `condition` holds."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        if await condition():
            return
        await asyncio.sleep(0.05)
    raise NothingCame(f"not within {within:.0f} s")


async def arm(resident: Resident, peer: str, kind: str, *, count: int = 1, seconds: float = 0.3) -> None:
    """Let a peer (`line`, `pay`, `mail`) go wrong from now on."""
    fault = {"kind": kind, "count": count, "seconds": seconds}
    url = f"{resident.sandbox}/{peer}/_control/faults"
    town = {"municipality": resident.municipality} if peer == "line" else {}
    (await resident.http.post(url, params=town, json=fault)).raise_for_status()


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
        # A rejection is told by notify, and may arrive before the counter itself has heard of it.
        await self.until("proof_needed")
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

    async def until(self, status: str, within: float = PATIENCE_SECONDS) -> None:
        """Wait for a status."""
        end = time.monotonic() + within
        while (present := await self.status()) != status:
            if time.monotonic() > end:
                raise NothingCame(f"{present}, not {status}, after {within:.0f} s")
            await asyncio.sleep(0.05)

    async def charges(self) -> list[Json]:
        """The provider's charges for this request."""
        return await self._booked("charges")

    async def refunds(self) -> list[Json]:
        """The provider's refunds for this request."""
        return await self._booked("refunds")

    async def _booked(self, kind: str) -> list[Json]:
        books = (await self.resident.http.get(f"{self.resident.sandbox}/pay/_control/books")).raise_for_status().json()
        payment = "pay_" + self.request_id.removeprefix("req_")
        return [entry for entry in books[kind] if entry["payment_id"] == payment]

    async def settled(self) -> list[Json]:
        """The thread after it has been quiet for a moment. Doubles that come later, the last tests of all find."""
        quiet, before = 0, -1
        while quiet < 5:
            thread = await self.resident.thread()
            quiet, before = (quiet + 1 if len(thread) == before else 0), len(thread)
            await asyncio.sleep(0.15)
        return thread


async def all_is_well(thread: Thread, expected: dict[str, int] = ONCE) -> None:
    """One certificate, one of each notice, one payment."""
    first = await thread.certificate()
    assert first == await thread.certificate()
    assert notices(await thread.settled()) == expected
    assert len(await thread.charges()) == 1
