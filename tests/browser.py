"""A real browser at the size of a phone, for the tests of pages (`/usr/bin/chromium`)."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from axe_playwright_python.base import AXE_FILE_PATH
from playwright.async_api import Locator, Page, ViewportSize, async_playwright, expect

PHONE = ViewportSize(width=390, height=844)
_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
_AXE = """async () => {
  // Everything of WCAG 2.2 AA and of good practice; the size of targets is off unless asked for.
  const found = await axe.run(document, { rules: { "target-size": { enabled: true } } });
  return found.violations.map(v => [v.id, v.nodes.map(n => n.html)]);
}"""
_WIDER = "document.documentElement.scrollWidth - window.innerWidth"
_FOCUS_SEEN = """e => {
  const { outlineStyle, outlineWidth } = getComputedStyle(e);
  return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
}"""

expect.set_options(timeout=20_000)  # milliseconds; a busy machine is no failure


@asynccontextmanager
async def phone_page(locale: str = "ja-JP", *, scripts: bool = True) -> AsyncIterator[Page]:
    """An empty tab. Errors of scripts and refusals of the content policy, in it or in tabs that it opens, fail the
    test at the end."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=_FLAGS)
        context = await browser.new_context(viewport=PHONE, locale=locale, java_script_enabled=scripts)
        await context.add_init_script(path=AXE_FILE_PATH)
        errors: list[str] = []
        context.on("weberror", lambda error: errors.append(str(error.error)))
        context.on("console", lambda line: errors.append(line.text) if "Content Security Policy" in line.text else None)
        yield await context.new_page()
        await browser.close()
        assert errors == []


async def look_over(page: Page, name: str) -> None:
    """No barriers (axe), nothing wider than the screen; a screenshot when `SCREENSHOTS` names a folder for them."""
    await page.wait_for_load_state()
    if folder := os.environ.get("SCREENSHOTS"):
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
    barriers = await page.evaluate(_AXE)
    assert barriers == [], f"{name}: {barriers}"
    assert await page.evaluate(_WIDER) <= 0, name


async def tab_to(page: Page, target: Locator, *, back: bool = False, most: int = 60) -> None:
    """Press Tab until `target` has the focus, and see that it shows."""
    await expect(target).to_be_visible()
    for _ in range(most):
        if await target.evaluate("e => e === document.activeElement"):
            break
        await page.keyboard.press("Shift+Tab" if back else "Tab")
    await expect(target).to_be_focused()
    assert await target.evaluate(_FOCUS_SEEN), "the focus can't be seen"


async def press(page: Page, name: str) -> None:
    """Go to a button by Tab and press it."""
    await tab_to(page, page.get_by_role("button", name=name, exact=True))
    await page.keyboard.press("Enter")


async def choose(page: Page, label: str, value: str) -> None:
    """Go to a list, which has that label, by Tab, and choose in it."""
    field = page.get_by_label(label)
    await tab_to(page, field)
    await field.select_option(value)
