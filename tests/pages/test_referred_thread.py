"""A chat thread that is referred, decided in two browsers on the real system; the certificate comes to the thread."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, expect

from browser import choose, look_over, phone_page, press, tab_to
from e2e.outside import ONCE, Thread, all_is_well
from madoguchi.contracts.flow import CONSOLE
from madoguchi_sandbox.launcher.plan import SANDBOX
from madoguchi_sandbox.launcher.stack import Stack
from madoguchi_sandbox.register import PERSONAS
from madoguchi_sandbox.resident import arrives
from towns import TOWN

pytestmark = [pytest.mark.pages, pytest.mark.processes]
MOUTH, LADDER = "U+9AD8", "U+9AD9"
"""高 (くちだか) and 髙 (はしごだか): the card has the one for the other."""


@asynccontextmanager
async def desk(stack: Stack, name: str) -> AsyncIterator[Page]:
    """A browser of somebody on the staff, signed in through the town's sign-in service, with the keyboard."""
    async with phone_page("en-GB") as page:
        await page.goto(f"{stack.layout.url(CONSOLE)}/queue")
        await page.get_by_role("link", name="Go to the sign-in service").press("Enter")
        await tab_to(page, page.get_by_role("button", name=name))
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(f"{stack.layout.url(CONSOLE)}/queue")
        yield page


async def _proposed(page: Page, request_id: str) -> None:
    """The clerk takes the case, opens it on record, and says which entry it is."""
    link = page.get_by_role("link", name=request_id)
    while not await link.count():  # the console hears of it by itself; a page is as old as its last look
        await page.reload()
    await link.press("Enter")
    await press(page, "Take it")
    await choose(page, "Purpose", "review")
    await press(page, "Open")
    await expect(page.get_by_text(f"{MOUTH} → {LADDER}")).to_be_visible()
    await look_over(page, "thread-opened")
    entry = page.locator(f"input[name=entry][value='{PERSONAS['takahashi_hashigo'].address_number}']")
    await entry.press("Space")
    await page.locator("#approve-reason").select_option("variant_characters")
    await press(page, "Approve")
    await expect(page.get_by_text("It waits for a second person")).to_be_visible()


async def _confirmed(page: Page, request_id: str) -> None:
    """A second person looks at it themselves, and lets it go."""
    await page.goto(f"{page.url.removesuffix('/queue')}/cases/{request_id}")
    await choose(page, "Purpose", "confirm")
    await press(page, "Open")
    await expect(page.get_by_text("Proposed entry")).to_be_visible()
    await press(page, "Confirm the proposal")
    await expect(page.get_by_text("A clerk decided on the certificate")).to_be_visible()
    await look_over(page, "thread-decided")


async def test_two_people_decide_and_the_certificate_reaches_the_thread(stack: Stack) -> None:
    sandbox = stack.layout.url(SANDBOX)
    async with arrives(sandbox, TOWN, name="髙橋 見本子", card="takahashi-hashigo-good") as resident:
        thread = Thread(resident)
        await thread.ask()
        await thread.accepted()
        await thread.sign()
        await thread.until("with_clerk")
        async with desk(stack, "Ukeko Madoguchi") as clerk, desk(stack, "Sadamu Kessai") as approver:
            await _proposed(clerk, thread.request_id)
            await _confirmed(approver, thread.request_id)
            await thread.fee_due()
            await thread.pay()
            await thread.ready()
            await all_is_well(thread, {**ONCE, "with_clerk": 1})
            await clerk.goto(f"{stack.layout.url(CONSOLE)}/cases/{thread.request_id}")
            await expect(clerk.get_by_text("Certificate issued")).to_be_visible()
            await look_over(clerk, "thread-issued")
