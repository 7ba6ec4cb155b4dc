"""The operator's pages in a real browser: dead letters, deliveries, the day; by keyboard, without barriers (axe)."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Page, ViewportSize, expect

from browser import look_over, press, tab_to
from madoguchi.bus.codec import encode
from madoguchi.bus.record import Record
from madoguchi.contracts.vocabulary import NoticeChannel
from madoguchi_sandbox import register
from pages.operator_desk import at, staffed
from sandbox_world import listening
from unit.console import given as g
from unit.console.test_deliveries import delivery, failed, sent
from unit.console.world import World

pytestmark = pytest.mark.pages
DESK = ViewportSize(width=1280, height=900)
POISON = Record("madoguchi.requests.v1", g.REQUEST.encode(), b"\xff\xfe", ())


@pytest.fixture
async def world(tmp_path: Path) -> World:
    register.write(tmp_path / "register.sqlite")
    made = World(tmp_path / "register.sqlite")
    await staffed(made)
    await made.send(
        g.submitted(), sent(delivery(NoticeChannel.LINE), delivery(NoticeChannel.EMAIL, "gave_up", "451", 9))
    )
    line = delivery(NoticeChannel.LINE, "failed", "401")
    await made.send(*[failed(line, minutes=50 + n, notice_id=f"n{n + 2}") for n in range(6)])
    await made.set_aside("notify", *[encode(g.submitted())] * 3)
    await made.set_aside("identity", POISON, replace(POISON, value=None), error="missing_content-type")
    return made


@pytest.fixture
async def url(world: World) -> AsyncIterator[str]:
    async with listening(world.app) as url:
        yield url


async def follow(page: Page, name: str) -> None:
    """Go to a link by Tab and follow it."""
    await tab_to(page, page.get_by_role("link", name=name, exact=True))
    await page.keyboard.press("Enter")


async def test_an_operator_settles_dead_letters_by_keyboard(url: str) -> None:
    async with at(f"{url}/dead-letters") as page:
        await look_over(page, "console-dead-letters")
        await page.set_viewport_size(DESK)
        await look_over(page, "console-dead-letters-wide")
        await follow(page, "3件を見る：通知、ValueError")
        await press(page, "3件を試してみる（何も変わりません）")
        await expect(page.get_by_text("3件：サービスがもう一度処理を試みます。")).to_be_visible()
        await look_over(page, "console-dead-letter-cause")
        await press(page, "3件をもう一度処理させる")
        await expect(page.get_by_text("古いものから3件に行いました。残りは0件です。")).to_be_visible()
        await look_over(page, "console-dead-letter-cause-done")
        await page.goto(f"{url}/dead-letters/identity:0:0")
        await look_over(page, "console-dead-letter")
        await press(page, "試してみる（何も変わりません）")
        await expect(page.get_by_text("同じ失敗を繰り返します")).to_be_visible()
        reason = page.get_by_label("破棄する理由")
        await tab_to(page, reason)
        await reason.select_option("not_an_event")
        await press(page, "破棄する")
        await expect(page.get_by_text("破棄しました")).to_be_visible()
        await look_over(page, "console-dead-letter-discarded")
        await page.goto(f"{url}/cases/{g.REQUEST}")
        await expect(page.get_by_text("よけたイベントをもう一度処理させました").first).to_be_visible()
        await look_over(page, "console-case-with-troubles")


async def test_an_operator_sees_a_failing_channel_sends_again_and_tries_it_out(url: str) -> None:
    async with at(f"{url}/deliveries") as page:
        await expect(page.get_by_role("alert")).to_contain_text("LINEに届いていないようです。")
        await look_over(page, "console-deliveries")
        await page.set_viewport_size(DESK)
        await look_over(page, "console-deliveries-wide")
        await page.goto(f"{url}/deliveries/n1")
        email = page.get_by_label("メール")
        await tab_to(page, email)
        await page.keyboard.press("Space")
        await expect(email).to_be_checked()
        await press(page, "もう一度送る")
        await expect(page.get_by_role("status")).to_contain_text("再送を依頼したばかりです")
        await look_over(page, "console-notice")
        await page.goto(f"{url}/deliveries")
        await page.get_by_label("手段", exact=True).select_option("email")
        address = page.get_by_label("宛先")
        await tab_to(page, address)
        await page.keyboard.type("staff@example.jp")
        await press(page, "試験送信")
        await expect(page.get_by_text("結果を待っています")).to_be_visible()
        await look_over(page, "console-channel-test")


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_the_day_and_the_other_pages_have_no_barriers(url: str, language: str) -> None:
    async with at(f"{url}/health-today", language) as page:
        await look_over(page, f"console-health-today-{language}")
        await page.set_viewport_size(DESK)
        await look_over(page, f"console-health-today-wide-{language}")
        for path in (
            "dead-letters",
            "dead-letters/notify:0:0",
            "deliveries",
            "deliveries/n1",
            "deliveries?undelivered=true",
        ):
            await page.goto(f"{url}/{path}")
            await look_over(page, f"console-{path.replace('/', '-').partition('?')[0].replace(':', '-')}-{language}")


async def test_it_works_without_scripts(url: str) -> None:
    async with at(f"{url}/dead-letters/notify:0:1", "en", scripts=False) as page:
        await page.get_by_role("button", name="Replay", exact=True).click()
        await expect(page.get_by_text("Clerk 0042")).to_be_visible()
        assert page.url.endswith("/dead-letters/notify:0:1")
