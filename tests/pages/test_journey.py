"""The whole journey of someone new, in a browser, on a phone, against a running system: without reading a document."""

from pathlib import Path

import httpx
import pytest
from playwright.async_api import FilePayload, Locator, Page, expect

from browser import look_over, phone_page, tab_to
from madoguchi_sandbox.demo.qr import read_qr
from madoguchi_sandbox.launcher.plan import SANDBOX
from madoguchi_sandbox.launcher.stack import Stack
from pages.newcomer import PIN, SOON, Newcomer

pytestmark = [pytest.mark.pages, pytest.mark.processes]

LANGUAGES = {
    "ja": ("hanako", "ja-JP", "住民票がほしい"),
    "ja-x-easy": ("taro", "ja-JP", "じゅうみんひょうが ほしいです"),
    "en": ("solo", "en-US", "I need a residence certificate"),
}
"""Who plays, what their browser speaks, what they write first."""


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_newcomer_gets_a_certificate(stack: Stack, language: str) -> None:
    who, locale, wish = LANGUAGES[language]
    async with phone_page(locale) as phone:
        newcomer = Newcomer(stack, phone, language)
        await newcomer.arrive(who)
        if language == "ja-x-easy":
            await newcomer.reply("やさしい日本語")
        await newcomer.seen(phone, "greeting")
        await _apply(newcomer, wish)
        status = await _sign(newcomer)
        await _pay(newcomer, status)
        await _check(newcomer, await _fetch(newcomer))
        await _look_back(newcomer, status)


async def _apply(newcomer: Newcomer, wish: str) -> None:
    await newcomer.write(wish)
    await newcomer.seen(newcomer.phone, "whose")
    for question in ("include", "email", "confirm"):
        await newcomer.reply()
        await newcomer.seen(newcomer.phone, question)
    await newcomer.reply()


async def _sign(newcomer: Newcomer) -> Page:
    page = await newcomer.opened("/prove")
    await newcomer.seen(page, "prove")
    await page.locator("main a.button").click()
    await newcomer.seen(page, "card")
    await _enter(page, "WRONG123")
    await expect(page.locator("#pin")).to_be_focused()
    await expect(page.locator("#pin")).to_be_in_viewport()
    await expect(page.get_by_role("alert")).to_be_in_viewport()
    await newcomer.seen(page, "wrong-pin")
    await _enter(page, PIN)
    await page.wait_for_url("**/r/*")
    return page


async def _enter(page: Page, pin: str) -> None:
    await page.locator("#pin").fill(pin)
    await page.locator("main .actions button").click()
    await page.wait_for_load_state()


async def _pay(newcomer: Newcomer, status: Page) -> None:
    pay = status.locator("main a[href$='/pay']")
    await expect(pay).to_be_visible(timeout=SOON)
    await newcomer.seen(status, "fee-due")
    await pay.click()
    await newcomer.seen(status, "pay")
    await status.locator("main button.second").click()
    await expect(status.get_by_role("alert")).to_be_visible()
    await newcomer.seen(status, "declined")
    await status.locator("main button").first.click()
    await status.wait_for_url("**/r/*")
    await expect(pay).to_have_count(0)
    await expect(status.locator("main a[href*='/download/']")).to_be_visible(timeout=SOON)
    await newcomer.seen(status, "ready")


async def _fetch(newcomer: Newcomer) -> bytes:
    page = await newcomer.opened("/download/")
    await newcomer.seen(newcomer.phone, "thread")
    await newcomer.seen(page, "download")
    async with page.expect_download() as download:
        await page.locator("main a.button.second").click()
    return _content(await (await download.value).path())


def _content(file: Path) -> bytes:
    return file.read_bytes()


async def _check(newcomer: Newcomer, certificate: bytes) -> None:
    page = await newcomer.phone.context.new_page()
    await page.goto(read_qr(certificate))
    if newcomer.language == "ja-x-easy":  # no browser asks for it by itself
        await page.locator(f"nav a[hreflang='{newcomer.language}']").click()
    await expect(page.locator(".note.good")).to_be_visible()
    await newcomer.seen(page, "valid-by-code")
    await page.locator("main a.button").click()
    file = FilePayload(name="certificate.pdf", mimeType="application/pdf", buffer=certificate)
    await page.set_input_files("#file", file)
    await newcomer.seen(page, "form")
    await page.locator("main button").click()
    await expect(page.locator(".note.good")).to_be_visible()
    await newcomer.seen(page, "valid-by-file")


async def _look_back(newcomer: Newcomer, status: Page) -> None:
    for below in ("access-log", "consent"):
        await status.locator(f"main a[href$='/{below}']").click()
        await newcomer.seen(status, below)
        await status.locator("main a.back").last.click()
    await status.goto(f"{status.url}/consent")
    await status.locator("main button.danger").click()
    await expect(status.locator("main .note")).to_be_visible()
    await status.locator("main a.back").last.click()
    await expect(status.locator("main a[href*='/download/']")).to_have_count(0)
    await newcomer.seen(status, "withdrawn")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_whoever_takes_a_wrong_turn_is_told_where_to_go(stack: Stack, language: str) -> None:
    sandbox, intake = stack.layout.url(SANDBOX), stack.layout.url("request-intake")
    issuance = stack.layout.url("issuance")
    async with phone_page(LANGUAGES[language][1]) as page:
        newcomer = Newcomer(stack, await page.context.new_page(), language)
        await page.goto(f"{sandbox}/?lang={language}")
        await newcomer.seen(page, "index")
        for name, address in {
            "link": f"{intake}/r/req_{'0' * 26}.1.{'A' * 43}",
            "not-ours": f"{issuance}/verify/990019-20260101-0000000000?k=0",
            "card": f"{sandbox}/cards/app",
            "mail": f"{sandbox}/mail",
        }.items():
            await page.goto(address)
            await newcomer.seen(page, name)
        nowhere = [f"{service}/nowhere" for service in (intake, issuance, sandbox)]
        for address in (*nowhere, f"{issuance}/download/nothing", f"{sandbox}/pay/checkout/none"):
            await page.goto(address)
            await expect(page.locator("h1")).to_be_visible()
            assert await page.locator("html").get_attribute("lang") == language


async def test_from_the_index_to_everything_there_is(stack: Stack) -> None:
    async with phone_page() as page:
        await page.goto(stack.layout.url(SANDBOX))
        for address in await page.locator("main a").evaluate_all("all => all.map(a => a.href)"):
            answer = await page.request.get(address)
            assert answer.ok, address
        await page.goto(f"{stack.layout.url('request-intake')}/docs")
        await look_over(page, "docs")


async def test_with_the_keyboard_alone(stack: Stack) -> None:
    async with phone_page() as phone:
        newcomer = Newcomer(stack, phone, "ja")
        await phone.goto(f"{stack.layout.url(SANDBOX)}/phone?who=big_son")
        await _press(phone, phone.locator("main form button"))
        await expect(newcomer.said()).to_have_count(1, timeout=SOON)
        await tab_to(phone, phone.locator("#text"))
        await phone.keyboard.type("住民票がほしい")
        await phone.keyboard.press("Enter")
        for answers in range(2, 6):
            await expect(newcomer.said()).to_have_count(answers, timeout=SOON)
            await _press(phone, newcomer.replies().first, back=True)
        page = await newcomer.opened("/prove", lambda button: _press(phone, button, back=True))
        await _press(page, page.locator("main a.button"))
        await tab_to(page, page.locator("#pin"))
        await page.keyboard.type(PIN)
        await page.keyboard.press("Enter")
        await _press(page, page.locator("main a[href$='/pay']"))
        await _press(page, page.locator("main button").first)
        await _press(page, page.locator("main a[href*='/download/']"))
        async with page.expect_download() as download:
            await _press(page, page.locator("main a.button.second"))
        certificate = _content(await (await download.value).path())
    verify = f"{stack.layout.url('issuance')}/verify"
    headers = {"content-type": "application/pdf", "accept": "application/json"}
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.post(verify, content=certificate, headers=headers)).json()["status"] == "valid"


async def _press(page: Page, target: Locator, *, back: bool = False) -> None:
    await expect(target).to_be_visible(timeout=SOON)
    await tab_to(page, target, back=back)
    await page.keyboard.press("Enter")
