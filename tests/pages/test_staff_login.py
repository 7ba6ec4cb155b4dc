"""Signing in and out at the console in a real browser, with the keyboard, without barriers."""

import re
from dataclasses import dataclass

import pytest
from playwright.async_api import Page, expect

from browser import look_over, phone_page, tab_to
from madoguchi.contracts.flow import CONSOLE
from madoguchi_sandbox.launcher.plan import SANDBOX
from madoguchi_sandbox.launcher.stack import Stack

pytestmark = [pytest.mark.pages, pytest.mark.processes]


@dataclass(frozen=True)
class Words:
    """What the pages say."""

    start: str
    clerk: str
    sign_out: str
    signed_out: str
    nobody: str
    refused: str


JAPANESE = Words(
    "認証サービスへ進む",
    "窓口　受子",
    "サインアウト",
    "サインアウトしました",
    "配属　未定",
    "この画面での役割がありません",
)
ENGLISH = Words(
    "Go to the sign-in service",
    "Ukeko Madoguchi",
    "Sign out",
    "You are signed out",
    "Mitei Haizoku",
    "You have no role in this console",
)
BOTH = pytest.mark.parametrize(("locale", "words"), [("ja-JP", JAPANESE), ("en-GB", ENGLISH)])


async def _to_the_choice(page: Page, console: str, start: str, name: str) -> None:
    await page.goto(f"{console}/queue")
    await look_over(page, f"console-login-{name}")
    link = page.get_by_role("link", name=start)
    await tab_to(page, link)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_be_visible()


@BOTH
async def test_a_clerk_signs_in_and_out_with_the_keyboard(stack: Stack, locale: str, words: Words) -> None:
    console, sandbox = stack.layout.url(CONSOLE), stack.layout.url(SANDBOX)
    async with phone_page(locale) as page:
        await _to_the_choice(page, console, words.start, locale)
        await expect(page).to_have_url(re.compile(re.escape(f"{sandbox}/staff/authorize?")))
        await look_over(page, f"sandbox-sign-in-as-{locale}")
        await tab_to(page, page.get_by_role("button", name=words.clerk))
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(f"{console}/queue")
        await look_over(page, f"console-after-login-{locale}")
        await tab_to(page, page.get_by_role("button", name=words.sign_out))
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(f"{console}/signed-out")
        await expect(page.get_by_role("heading", level=1)).to_have_text(words.signed_out)
        await look_over(page, f"console-signed-out-{locale}")


@BOTH
async def test_who_has_no_role_hears_what_to_do(stack: Stack, locale: str, words: Words) -> None:
    async with phone_page(locale) as page:
        await _to_the_choice(page, stack.layout.url(CONSOLE), words.start, locale)
        await page.get_by_role("button", name=words.nobody).click()
        await expect(page.get_by_role("heading", level=1)).to_have_text(words.refused)
        await look_over(page, f"console-login-refused-{locale}")


async def test_everything_works_without_scripts(stack: Stack) -> None:
    console = stack.layout.url(CONSOLE)
    words = ENGLISH
    async with phone_page("en-GB", scripts=False) as page:
        await page.goto(f"{console}/queue")
        await page.get_by_role("link", name=words.start).click()
        await page.get_by_role("button", name=words.clerk).click()
        await expect(page).to_have_url(f"{console}/queue")
        await page.get_by_role("button", name=words.sign_out).click()
        await expect(page.get_by_role("heading", level=1)).to_have_text(words.signed_out)
