"""Somebody who has never seen any of this, with a phone: opens what is offered, looks at it, presses it."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from playwright.async_api import Locator, Page, expect

from browser import look_over
from madoguchi_sandbox.launcher.plan import SANDBOX
from madoguchi_sandbox.launcher.stack import Stack

SOON = 40_000
"""Milliseconds in which every service must have done its part."""
PIN = "MIHON123"
_KANA = re.compile("[\u3041-\u30ff]")
_PROSE = """() => {
  const main = document.querySelector("main").cloneNode(true);
  main.querySelectorAll("[lang], pre").forEach(e => e.remove());
  return main.innerText;
}"""


@dataclass(slots=True)
class Newcomer:
    """One person in one language; every page they come to is looked over."""

    stack: Stack
    phone: Page
    language: str
    number: int = 0

    async def seen(self, page: Page, name: str) -> None:
        """Look the page over: no barriers, in the right language."""
        self.number += 1
        await look_over(page, f"{self.language}-{self.number:02}-{name}")
        if page is self.phone:
            return
        assert await page.locator("html").get_attribute("lang") == self.language, name
        if self.language == "en":
            assert not _KANA.search(await page.evaluate(_PROSE)), name

    async def arrive(self, who: str) -> None:
        """Open the phone as one of the residents, and add the town as a friend."""
        await self.phone.goto(f"{self.stack.layout.url(SANDBOX)}/phone?who={who}")
        await self.phone.locator("main form button").click()
        await expect(self.said()).to_have_count(1, timeout=SOON)

    def said(self) -> Locator:
        """What the town has said."""
        return self.phone.locator("#thread .theirs")

    def replies(self) -> Locator:
        """The replies on offer."""
        return self.phone.locator("#quick button")

    async def write(self, text: str) -> None:
        """Write, and read the answer."""
        await self._answered(lambda: self._write(text))

    async def reply(self, label: str | None = None) -> None:
        """Press a reply (the first: it is the simplest answer), and read the answer."""
        button = self.replies().filter(has_text=label) if label else self.replies()
        await self._answered(button.first.click)

    async def opened(self, address: str, press: Callable[[Locator], Awaitable[None]] | None = None) -> Page:
        """Press the newest button whose address has that part; it opens in a new tab."""
        button = self.phone.locator(f"#thread a.do[href*='{address}']").last
        await expect(button).to_be_in_viewport(timeout=SOON)
        async with self.phone.context.expect_page() as opened:
            await (press or Locator.click)(button)
        tab = await opened.value
        await tab.wait_for_load_state()
        return tab

    async def _write(self, text: str) -> None:
        await self.phone.locator("#text").fill(text)
        await self.phone.locator("#text").press("Enter")

    async def _answered(self, act: Callable[[], Awaitable[None]]) -> None:
        before = await self.said().count()
        await act()
        await expect(self.said().nth(before)).to_be_visible(timeout=SOON)
        await expect(self.said().last).to_be_in_viewport()
