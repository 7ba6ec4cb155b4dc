"""Webhooks as LINE sends them: signed, redelivered, doubled, late, several in a call; line-bot-sdk parses them."""

import asyncio
import json
import re
from datetime import timedelta
from pathlib import Path

from linebot.v3.messaging import ReplyMessageRequest, TextMessage
from linebot.v3.webhooks import (
    FollowEvent,
    ImageMessageContent,
    MessageEvent,
    PostbackEvent,
    StickerMessageContent,
    TextMessageContent,
    UnfollowEvent,
    UnsendEvent,
    UserSource,
)

from madoguchi_sandbox.line.postman import AT_ONCE
from sandbox_world import World, chat_world


async def test_every_act_becomes_its_event(world: World) -> None:
    user = await world.resident()
    said = await world.act(user, "text", text="住民票がほしい")
    await world.act(user, "postback", data="form=household", display_text="世帯全員")
    await world.act(user, "sticker")
    picture = {"content-type": "image/jpeg"}
    await world.control.post(f"users/{user}/image", content=b"x", headers=picture)
    await world.act(user, "unsend", message_id=said["message_id"])
    await world.act(user, "block")
    await world.until(lambda: len(world.bot.events) == 7)
    kinds = [FollowEvent, MessageEvent, PostbackEvent, MessageEvent, MessageEvent, UnsendEvent, UnfollowEvent]
    assert [type(event) for event in world.bot.events] == kinds
    contents = [event.message for event in world.bot.events if isinstance(event, MessageEvent)]
    assert [type(content) for content in contents] == [TextMessageContent, StickerMessageContent, ImageMessageContent]
    assert world.bot.events[2].postback.data == "form=household"
    for event in world.bot.events:
        assert event.source == UserSource(userId=user)
        assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{26}", event.webhook_event_id)
        assert not event.delivery_context.is_redelivery
    call = json.loads(world.bot.calls[0])
    assert re.fullmatch(r"U[0-9a-f]{32}", call["destination"])


async def test_what_a_friend_may_do_a_stranger_may_not(world: World) -> None:
    answer = await world.control.post("users", json={"display_name": "たろう", "follow": False})
    refused = await world.control.post(f"users/{answer.json()['user_id']}/acts", json={"kind": "text", "text": "x"})
    assert refused.status_code == 409
    assert world.bot.calls == []


async def test_redelivery_until_two_hundred(world: World) -> None:
    user = await world.resident()
    world.bot.answers = [500, 503]
    await world.act(user, "text", text="x")
    await world.until(lambda: len(world.bot.calls) == 4)
    events = world.bot.events[1:]
    assert len({event.webhook_event_id for event in events}) == 1
    assert len({event.reply_token for event in events}) == 1
    assert [event.delivery_context.is_redelivery for event in events] == [False, True, True]
    figures = await world.statistics()
    assert (figures["webhooks_failed"], figures["events_acknowledged"], figures["events_pending"]) == (2, 2, 0)


async def test_a_slow_answer_is_a_request_timeout(world: World, tmp_path: Path) -> None:
    user = await world.resident()
    world.bot.answers = [2.5]
    await world.act(user, "text", text="x")
    await world.until(lambda: len(world.bot.calls) == 3)
    log = [json.loads(line) for line in (tmp_path / "line.jsonl").read_text().splitlines()]
    assert "request_timeout" in [line["outcome"] for line in log if line["kind"] == "webhook"]


async def test_without_redelivery_an_event_is_given_up(world: World) -> None:
    user = await world.resident()
    await world.control.put("settings", json={"redelivery": False})
    world.bot.answers = [500]
    await world.act(user, "text", text="x")
    await world.until(lambda: world.platform.of_town(None).memory.counts["events_given_up"] == 1)
    assert len(world.bot.calls) == 2


async def test_duplicates_drops_and_late_ones_on_demand(world: World) -> None:
    user = await world.resident()
    await world.fault("duplicate")
    await world.act(user, "text", text="一")
    await world.until(lambda: len(world.bot.events) == 3)
    assert world.bot.events[1].webhook_event_id == world.bot.events[2].webhook_event_id
    await world.fault("drop")
    await world.act(user, "text", text="二")
    await world.until(lambda: len(world.bot.events) == 4)
    assert world.bot.events[3].delivery_context.is_redelivery
    await world.fault("late", seconds=0.8)
    await world.act(user, "text", text="三")
    await world.act(user, "text", text="四")
    await world.until(lambda: len(world.bot.events) == 6)
    assert [event.message.text for event in world.bot.events[4:]] == ["四", "三"]
    assert world.bot.events[5].timestamp <= world.bot.events[4].timestamp
    assert (await world.statistics())["faults_struck"] == {"duplicate": 1, "drop": 1, "late": 1}
    assert (await world.control.post("faults", json={"kind": "fire"})).status_code == 422


async def test_several_events_in_one_call(world: World) -> None:
    one, two = await world.resident("はな"), await world.resident("けん")
    acts = [{"user_id": user, "kind": "text", "text": str(n)} for n, user in enumerate([one, two, one, two])]
    await world.control.post("batch", json={"acts": acts, "shuffle": True})
    await world.until(lambda: len(world.bot.events) == 6)
    assert len(world.bot.calls) == 3
    assert {event.message.text for event in world.bot.events[2:]} == {"0", "1", "2", "3"}


async def test_a_redelivered_token_lives_again_but_not_for_ever(world: World) -> None:
    user = await world.resident()
    world.bot.answers = [500]
    world.clock.ahead = timedelta(0)
    await world.act(user, "text", text="x")
    await world.until(lambda: len(world.bot.events) == 2)
    world.clock.ahead = timedelta(minutes=10)
    await world.until(lambda: len(world.bot.events) == 3)
    token = world.bot.events[2].reply_token
    await world.api.reply_message(ReplyMessageRequest(replyToken=token, messages=[TextMessage(text="はい")]))


async def test_what_was_pending_is_delivered_after_a_restart(tmp_path: Path) -> None:
    async with chat_world(tmp_path) as before:
        user = await before.resident()
        before.bot.answers = [500, 500, 500, 500]
        await before.act(user, "text", text="まだ")
        await before.until(lambda: len(before.bot.calls) == 2)
    async with chat_world(tmp_path) as after:
        await after.until(lambda: len(after.bot.events) == 1)
        assert after.bot.events[0].message.text == "まだ"
        assert after.bot.events[0].delivery_context.is_redelivery


async def test_the_connectivity_probe_is_a_signed_call_without_events(world: World) -> None:
    assert (await world.control.post("probe")).json() == {"success": True, "status": 200}
    assert json.loads(world.bot.calls[0])["events"] == []


async def test_a_crowd_takes_turns_and_nobody_waits_in_vain(world: World) -> None:
    postman = world.platform.postmen[world.platform.of_town(None).account.municipality]
    count = AT_ONCE + 20
    world.bot.gathers, world.bot.answers = AT_ONCE, [0.1] * count  # so that more, if there were any, would show
    assert await asyncio.gather(*[postman.probe() for _ in range(count)]) == [200] * count
    assert world.bot.most_at_once == AT_ONCE
