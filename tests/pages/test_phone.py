"""The phone of the sandbox in a real browser, at the size of a phone: written to, pressed, listened to, looked over."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from linebot.v3.messaging import PushMessageRequest
from playwright.async_api import Page, async_playwright, expect

from sandbox_world import World, chat_world

pytestmark = pytest.mark.pages

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PHONE = {"width": 390, "height": 844}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with chat_world(tmp_path) as running:
        yield running


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        tab = await browser.new_page(viewport=PHONE, locale="ja-JP")  # type: ignore[arg-type]
        errors: list[str] = []
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
        yield tab
        await browser.close()
        assert errors == []


async def _say(world: World, user: str, *messages: dict[str, Any]) -> None:
    request = PushMessageRequest.from_dict({"to": user, "messages": list(messages)})
    await world.api.push_message(request)


async def _picture(page: Page, name: str) -> None:
    """Keep a screenshot when a folder for them is named."""
    if folder := os.environ.get("SCREENSHOTS"):
        await page.screenshot(path=Path(folder) / f"{name}.png")


async def _no_barriers(page: Page) -> None:
    await page.evaluate(AXE_FILE_PATH.read_text("utf-8"))
    found = await page.evaluate("async () => (await axe.run()).violations.map(v => [v.id, v.nodes.map(n => n.html)])")
    assert found == []


def _question(text: str, *labels: str) -> dict[str, Any]:
    actions = [{"type": "postback", "label": label, "data": f"a={label}", "displayText": label} for label in labels]
    items = [{"type": "action", "action": action} for action in actions]
    return {"type": "text", "text": text, "quickReply": {"items": items}}


def _notice(picture: str) -> dict[str, Any]:
    texts = [
        {"type": "text", "text": "証明書ができました", "weight": "bold", "size": "lg", "wrap": True},
        {"type": "text", "text": "住民票の写しができました。\n発行番号：990019-2026-000123", "wrap": True},
        {"type": "text", "text": "合言葉「見本山に朝日」", "size": "sm", "color": "#555555", "wrap": True},
    ]
    buttons = [
        {
            "type": "button",
            "style": "primary",
            "action": {"type": "uri", "label": label, "uri": f"https://a.example/{n}"},
        }
        for n, label in enumerate(("証明書を受け取る", "状況を見る"))
    ]
    buttons[1]["style"] = "secondary"
    bubble = {
        "type": "bubble",
        "hero": {"type": "image", "url": picture, "size": "full", "aspectRatio": "20:13", "aspectMode": "cover"},
        "body": {"type": "box", "layout": "vertical", "spacing": "md", "contents": texts},
        "footer": {"type": "box", "layout": "vertical", "spacing": "sm", "contents": buttons},
    }
    return {"type": "flex", "altText": "証明書ができました", "contents": bubble}


async def test_a_person_plays_a_resident(world: World, page: Page) -> None:
    await page.goto(f"{world.url}/phone/")
    await expect(page.get_by_role("heading", name="見本市")).to_be_visible()
    await _no_barriers(page)
    await _picture(page, "phone-welcome")
    await page.get_by_role("button", name="友だちに追加する").click()
    await world.until(lambda: len(world.bot.events) == 1)
    user = world.bot.events[0].source.user_id

    box = page.get_by_role("textbox", name="メッセージ")
    await box.fill("住民票がほしい")
    await box.press("Enter")
    log = page.get_by_role("log")
    await expect(log).to_contain_text("住民票がほしい")
    await world.until(lambda: len(world.bot.events) == 2)
    assert world.bot.events[1].message.text == "住民票がほしい"

    labels = (
        "本人だけ",
        "世帯全員",
        "同じ世帯の一人",
        "もどる",
        "最初から",
        "やめる",
        "いまどこ？",
        "窓口・郵送で",
        "ことば / Language",
    )
    await _say(world, user, _question("どなたの住民票の写しが必要ですか。", *labels))
    await expect(log).to_contain_text("どなたの")
    await _picture(page, "phone-question")
    await _no_barriers(page)
    await page.get_by_role("button", name="本人だけ").click()
    await world.until(lambda: len(world.bot.events) == 3)
    assert world.bot.events[2].postback.data == "a=本人だけ"
    await expect(page.get_by_role("button", name="本人だけ")).to_have_count(0)

    await _say(world, user, _notice(f"{world.url}/phone/assets/shared/icon.svg"))
    link = page.get_by_role("link", name="証明書を受け取る")
    await expect(link).to_be_in_viewport()
    assert await link.get_attribute("target") == "_blank"
    await _no_barriers(page)
    await _picture(page, "phone-notice")
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width == PHONE["width"]


async def test_it_works_by_keyboard_and_can_be_someone_else(world: World, page: Page) -> None:
    await page.goto(f"{world.url}/phone/?lang=en")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Go to the message box")).to_be_focused()
    await page.get_by_role("button", name="Add as a friend").click()
    await expect(page.get_by_role("textbox")).to_be_visible()
    await page.locator("summary").click()
    await _no_barriers(page)
    await _picture(page, "phone-menu")
    await page.get_by_label("Who do you want to be?").select_option("taro")
    await page.get_by_role("button", name="Be this person").click()
    await expect(page.get_by_text("例野　太郎", exact=False).first).to_be_visible()
    await page.get_by_role("button", name="Add as a friend").click()
    await world.until(lambda: len({event.source.user_id for event in world.bot.events}) == 2)


async def test_on_a_large_screen_it_is_a_phone_in_the_middle(world: World, page: Page) -> None:
    await page.set_viewport_size({"width": 1280, "height": 900})
    await page.goto(f"{world.url}/phone/")
    box = await page.locator("#phone").bounding_box()
    assert box is not None
    assert box["width"] < 430
    assert box["x"] > 400
    await _picture(page, "phone-large")
