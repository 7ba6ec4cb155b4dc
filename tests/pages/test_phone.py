"""The phone of the sandbox in a real browser: written to, pressed, listened to, looked over."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from linebot.v3.messaging import PushMessageRequest
from playwright.async_api import Page, expect

from browser import look_over, phone_page
from sandbox_world import World, chat_world

pytestmark = pytest.mark.pages


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with chat_world(tmp_path) as running:
        yield running


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with phone_page() as tab:
        yield tab


async def _begin(world: World, page: Page) -> str:
    """Open the phone and add the town as a friend. Returns the user id."""
    await page.goto(f"{world.url}/phone/")
    await page.get_by_role("button", name="友だちに追加する").click()
    await world.until(lambda: len(world.bot.events) == 1)
    user: str = world.bot.events[0].source.user_id
    return user


async def _say(world: World, user: str, *messages: dict[str, Any]) -> None:
    await world.api.push_message(PushMessageRequest.from_dict({"to": user, "messages": list(messages)}))


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
    looks = {"証明書を受け取る": "primary", "状況を見る": "secondary"}
    buttons = [
        {"type": "button", "style": look, "action": {"type": "uri", "label": label, "uri": "https://a.example/"}}
        for label, look in looks.items()
    ]
    bubble = {
        "type": "bubble",
        "hero": {"type": "image", "url": picture, "size": "full", "aspectRatio": "20:13", "aspectMode": "cover"},
        "body": {"type": "box", "layout": "vertical", "spacing": "md", "contents": texts},
        "footer": {"type": "box", "layout": "vertical", "spacing": "sm", "contents": buttons},
    }
    return {"type": "flex", "altText": "証明書ができました", "contents": bubble}


async def test_what_a_person_writes_reaches_the_bot(world: World, page: Page) -> None:
    await page.goto(f"{world.url}/phone/")
    await expect(page.get_by_role("heading", name="見本市")).to_be_visible()
    await look_over(page, "phone-welcome")
    await _begin(world, page)
    box = page.get_by_role("textbox", name="メッセージ")
    await box.fill("住民票がほしい")
    await box.press("Enter")
    await expect(page.get_by_role("log")).to_contain_text("住民票がほしい")
    await world.until(lambda: len(world.bot.events) == 2)
    assert world.bot.events[1].message.text == "住民票がほしい"


async def test_a_quick_reply_is_pressed_and_gone(world: World, page: Page) -> None:
    user = await _begin(world, page)
    labels = (
        "本人だけ",
        "世帯全員",
        "同じ世帯の一人",
        "もどる",
        "最初から",
        "やめる",
        "いまどこ？",
        "窓口・郵送で",
        "ことば",
    )
    await _say(world, user, _question("どなたの住民票の写しが必要ですか。", *labels))
    log = page.get_by_role("log")
    await expect(log).to_contain_text("どなたの")
    await look_over(page, "phone-question")
    await page.get_by_role("button", name="本人だけ").click()
    await world.until(lambda: len(world.bot.events) == 2)
    assert world.bot.events[1].postback.data == "a=本人だけ"
    await expect(page.get_by_role("button", name="本人だけ")).to_have_count(0)
    await expect(log).to_contain_text("本人だけ")


async def test_a_notice_shows_its_picture_and_its_buttons(world: World, page: Page) -> None:
    user = await _begin(world, page)
    await _say(
        world, user, {"type": "text", "text": "お待ちください。"}, _notice(f"{world.url}/phone/assets/shared/icon.svg")
    )
    link = page.get_by_role("link", name="証明書を受け取る")
    await expect(link).to_be_in_viewport()
    assert await link.get_attribute("target") == "_blank"
    assert "新しいタブ" in await link.inner_text()
    assert await page.locator(".hero img").evaluate("(img) => img.decode().then(() => img.naturalWidth > 0)")
    await look_over(page, "phone-notice")


async def test_a_message_taken_back_disappears(world: World, page: Page) -> None:
    user = await _begin(world, page)
    said = await world.act(user, "text", text="まちがい")
    log = page.get_by_role("log")
    await expect(log).to_contain_text("まちがい")
    await world.act(user, "unsend", message_id=said["message_id"])
    await expect(log).to_contain_text("取り消しました")
    await expect(log).not_to_contain_text("まちがい")


async def test_who_blocked_the_town_is_told_why_nothing_is_sent(world: World, page: Page) -> None:
    await _begin(world, page)
    await page.locator("summary").click()
    async with page.expect_event("load"):  # the page comes again, with the menu closed
        await page.get_by_role("button", name="この市をブロックする").click()
    await world.until(lambda: len(world.bot.events) == 2)
    await page.locator("summary").click()
    await expect(page.get_by_role("button", name="ブロックを解除する")).to_be_visible()
    await page.locator("summary").click()
    box = page.get_by_role("textbox")
    await box.fill("もしもし")
    async with page.expect_response("**/acts*") as answer:
        await box.press("Enter")
    assert (await answer.value).status == 409
    await expect(page.get_by_role("alert")).to_contain_text("送れませんでした")
    await expect(box).to_have_value("もしもし")


async def test_it_works_by_keyboard_and_as_someone_else(world: World, page: Page) -> None:
    await page.goto(f"{world.url}/phone/?lang=en")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Go to the message box")).to_be_focused()
    await page.get_by_role("button", name="Add as a friend").click()
    await expect(page.get_by_role("textbox")).to_be_enabled()
    await page.locator("summary").click()
    await look_over(page, "phone-menu")
    await page.get_by_label("Who do you want to be?").select_option("taro")
    await page.get_by_role("button", name="Be this person").click()
    await expect(page.get_by_text("You are 例野　太郎")).to_be_visible()
    await page.get_by_role("button", name="Add as a friend").click()
    await world.until(lambda: len({event.source.user_id for event in world.bot.events}) == 2)


async def test_on_a_large_screen_it_is_a_phone_in_the_middle(world: World, page: Page) -> None:
    await page.set_viewport_size({"width": 1280, "height": 900})
    await page.goto(f"{world.url}/phone/")
    box = await page.locator("#phone").bounding_box()
    assert box is not None
    assert box["width"] < 430
    assert box["x"] > 400
    await look_over(page, "phone-large")
