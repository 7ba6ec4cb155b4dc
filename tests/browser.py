"""A real browser at the size of a phone, for the tests of pages (`/usr/bin/chromium`)."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from axe_playwright_python.base import AXE_FILE_PATH
from playwright.async_api import Page, ViewportSize, async_playwright

PHONE = ViewportSize(width=390, height=844)
_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
_AXE = "async () => (await axe.run()).violations.map(v => [v.id, v.nodes.map(n => n.html)])"


@asynccontextmanager
async def phone_page() -> AsyncIterator[Page]:
    """An empty tab. Errors of scripts and refusals of the content policy fail the test at the end."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=_FLAGS)
        page = await browser.new_page(viewport=PHONE, locale="ja-JP")
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda line: errors.append(line.text) if "Content Security Policy" in line.text else None)
        yield page
        await browser.close()
        assert errors == []


async def look_over(page: Page, name: str) -> None:
    """No barriers (axe), nothing wider than the screen; a screenshot when `SCREENSHOTS` names a folder for them."""
    if folder := os.environ.get("SCREENSHOTS"):
        await page.screenshot(path=Path(folder) / f"{name}.png")
    await page.evaluate(AXE_FILE_PATH.read_text("utf-8"))
    assert await page.evaluate(_AXE) == []
    assert await page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
