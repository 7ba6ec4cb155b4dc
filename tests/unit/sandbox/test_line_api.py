"""line-bot-sdk drives the chat platform of the sandbox; what it sends and gets is what LINE's documentation says."""

import asyncio
import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from linebot.v3.messaging import (
    ApiException,
    FlexMessage,
    MulticastRequest,
    PushMessageRequest,
    ReplyMessageRequest,
    TextMessage,
    ValidateMessageRequest,
)
from linebot.v3.webhooks import FollowEvent, MessageEvent

from sandbox_world import TOWN, World, chat_world

BUBBLE: dict[str, Any] = {
    "type": "bubble",
    "body": {"type": "box", "layout": "vertical", "contents": [{"type": "text", "text": "できました", "wrap": True}]},
    "footer": {
        "type": "box",
        "layout": "vertical",
        "contents": [{"type": "button", "action": {"type": "uri", "label": "受け取る", "uri": "https://a.example/x"}}],
    },
}


def _push(user: str, *texts: str) -> PushMessageRequest:
    return PushMessageRequest(to=user, messages=[TextMessage(text=text) for text in texts or ("こんにちは",)])


async def _refused(call: Any) -> ApiException:
    with pytest.raises(ApiException) as caught:
        await call
    return caught.value


async def test_push_arrives_in_the_thread_in_order(world: World) -> None:
    user = await world.resident()
    flex = FlexMessage.from_dict({"type": "flex", "altText": "できました", "contents": BUBBLE})
    answer = await world.api.push_message(PushMessageRequest(to=user, messages=[TextMessage(text="一"), flex]))
    thread = await world.thread(user)
    assert [(entry["from"], entry["message"]["type"], entry["how"]) for entry in thread] == [
        ("town", "text", "push"),
        ("town", "flex", "push"),
    ]
    assert [entry["id"] for entry in thread] == [sent.id for sent in answer.sent_messages]


async def test_reply_token_is_good_once(world: World) -> None:
    user = await world.resident()
    await world.act(user, "text", text="住民票がほしい")
    await world.until(lambda: any(isinstance(event, MessageEvent) for event in world.bot.events))
    request = ReplyMessageRequest(replyToken=world.bot.events[-1].reply_token, messages=[TextMessage(text="はい")])
    await world.api.reply_message(request)
    error = await _refused(world.api.reply_message(request))
    assert (error.status, json.loads(error.body)) == (400, {"message": "Invalid reply token"})
    assert [entry["message"]["text"] for entry in await world.thread(user)] == ["住民票がほしい", "はい"]


async def test_reply_token_runs_out(world: World) -> None:
    await world.resident()
    token = world.bot.events[-1].reply_token
    world.clock.ahead = timedelta(seconds=90)
    error = await _refused(
        world.api.reply_message(ReplyMessageRequest(replyToken=token, messages=[TextMessage(text="遅い")]))
    )
    assert "Invalid reply token" in error.body


async def test_same_retry_key_is_accepted_once_for_a_day(world: World) -> None:
    user, key = await world.resident(), str(uuid.uuid4())
    first = await world.api.push_message_with_http_info(_push(user), x_line_retry_key=key)
    error = await _refused(world.api.push_message(_push(user, "別の文"), x_line_retry_key=key))
    assert error.status == 409
    assert error.headers["x-line-accepted-request-id"] == first.headers["x-line-request-id"]
    assert error.headers["x-line-request-id"] != first.headers["x-line-request-id"]
    assert json.loads(error.body)["sentMessages"][0]["id"] == first.data.sent_messages[0].id
    assert len(await world.thread(user)) == 1
    assert (await world.statistics())["duplicates_by_retry_key"] == 1
    world.clock.ahead = timedelta(hours=25)
    await world.api.push_message(_push(user), x_line_retry_key=key)
    assert len(await world.thread(user)) == 2


async def test_retry_keys_and_threads_survive_a_restart(tmp_path: Any) -> None:
    key = str(uuid.uuid4())
    async with chat_world(tmp_path) as before:
        user = await before.resident()
        await before.api.push_message(_push(user), x_line_retry_key=key)
        await before.control.put("quota", json={"value": 7})
    async with chat_world(tmp_path) as after:
        error = await _refused(after.api.push_message(_push(user), x_line_retry_key=key))
        assert error.status == 409
        assert [entry["message"]["text"] for entry in await after.thread(user)] == ["こんにちは"]
        assert (await after.api.get_message_quota()).value == 7
        assert (await after.api.get_message_quota_consumption()).total_usage == 1


async def test_retry_key_must_be_a_uuid_and_is_not_for_replies(world: World) -> None:
    user = await world.resident()
    body = {"to": user, "messages": [{"type": "text", "text": "x"}]}
    answer = await world.raw.post("message/push", json=body, headers={"x-line-retry-key": "twice"})
    assert answer.status_code == 400
    body = {"replyToken": "x", "messages": [{"type": "text", "text": "x"}]}
    answer = await world.raw.post("message/reply", json=body, headers={"x-line-retry-key": str(uuid.uuid4())})
    assert answer.status_code == 400


async def test_the_two_meanings_of_429(world: World) -> None:
    user = await world.resident()
    await world.fault("429_rate")
    error = await _refused(world.api.push_message(_push(user)))
    assert (error.status, "rate limit" in error.body) == (429, True)
    await world.control.put("quota", json={"value": 1})
    await world.api.push_message(_push(user))
    error = await _refused(world.api.push_message(_push(user)))
    assert (error.status, json.loads(error.body)["message"]) == (429, "You have reached your monthly limit.")
    await world.control.put("quota", json={"value": None})
    await world.fault("429_quota")
    assert (await _refused(world.api.push_message(_push(user)))).status == 429
    await world.api.push_message(_push(user))
    assert (await world.statistics())["refused"] == {"429": 3}


async def test_the_rate_limit_counts(world: World) -> None:
    user = await world.resident()
    await world.control.put("settings", json={"requests_per_second": 3})
    outcomes = await asyncio.gather(*(world.api.push_message(_push(user)) for _ in range(5)), return_exceptions=True)
    assert sum(isinstance(outcome, ApiException) for outcome in outcomes) == 2


async def test_a_failed_call_can_be_tried_again_with_its_key(world: World) -> None:
    user, key = await world.resident(), str(uuid.uuid4())
    await world.fault("500")
    assert (await _refused(world.api.push_message(_push(user), x_line_retry_key=key))).status == 500
    await world.api.push_message(_push(user), x_line_retry_key=key)
    assert len(await world.thread(user)) == 1


async def test_time_out_after_success(world: World) -> None:
    user, key = await world.resident(), str(uuid.uuid4())
    await world.fault("timeout_after_success", seconds=1.5)
    with pytest.raises(TimeoutError):
        await world.api.push_message(_push(user), x_line_retry_key=key, _request_timeout=0.8)
    assert len(await world.thread(user)) == 1
    assert (await _refused(world.api.push_message(_push(user), x_line_retry_key=key))).status == 409


async def test_expired_reply_token_on_demand(world: World) -> None:
    await world.resident()
    request = ReplyMessageRequest(replyToken=world.bot.events[-1].reply_token, messages=[TextMessage(text="はい")])
    await world.fault("expired_reply_token")
    assert (await _refused(world.api.reply_message(request))).status == 400
    await world.api.reply_message(request)


async def test_who_blocked_the_account_gets_nothing_and_nobody_is_told(world: World) -> None:
    user = await world.resident()
    await world.act(user, "block")
    assert (await world.api.push_message(_push(user))).sent_messages
    assert await world.thread(user) == []
    assert (await _refused(world.api.get_profile(user))).status == 404
    assert (await world.api.get_message_quota_consumption()).total_usage == 0
    await world.act(user, "unblock")
    await world.until(lambda: isinstance(world.bot.events[-1], FollowEvent))
    assert world.bot.events[-1].follow.is_unblocked
    assert (await world.api.get_profile(user)).display_name == "さくら"


async def test_profile_followers_and_multicast(world: World) -> None:
    one, two = await world.resident("はな"), await world.resident("けん")
    assert (await world.api.get_followers(limit=1)).user_ids == [one]
    assert (await world.api.get_followers(limit=1, start="1")).user_ids == [two]
    await world.api.multicast(MulticastRequest(to=[one, two], messages=[TextMessage(text="みなさまへ")]))
    assert len(await world.thread(one)) == len(await world.thread(two)) == 1
    assert (await world.api.get_message_quota_consumption()).total_usage == 2
    assert (await world.api.get_bot_info()).display_name == "見本市"


async def test_pictures_that_residents_send(world: World) -> None:
    user = await world.resident()
    headers = {"content-type": "image/png"}
    sent = (await world.control.post(f"users/{user}/image", content=b"\x89PNG", headers=headers)).json()
    assert bytes(await world.blob.get_message_content(sent["message_id"])) == b"\x89PNG"
    assert (await world.blob.get_message_content_transcoding_by_message_id(sent["message_id"])).status == "succeeded"
    await world.act(user, "unsend", message_id=sent["message_id"])
    assert (await _refused(world.blob.get_message_content(sent["message_id"]))).status == 410
    assert (await _refused(world.blob.get_message_content("1"))).status == 404
    assert [entry["message"]["type"] for entry in await world.thread(user)] == ["unsent", "unsend"]


async def test_validate(world: World) -> None:
    await world.api.validate_push(ValidateMessageRequest(messages=[TextMessage(text="x")]))
    error = await _refused(world.api.validate_reply(ValidateMessageRequest(messages=[TextMessage(text="x" * 5001)])))
    assert json.loads(error.body)["details"][0]["property"] == "messages[0].text"


@pytest.mark.parametrize("header", [None, "Bearer wrong", "Basic x", "Bearer"])
async def test_without_the_right_token_nothing_works(world: World, header: str | None) -> None:
    world.raw.headers = {} if header is None else {"authorization": header}
    answer = await world.raw.post("message/push", json={})
    assert answer.status_code == 401
    assert set(answer.json()) == {"message"}
    assert uuid.UUID(answer.headers["x-line-request-id"])


async def test_bodies_that_are_refused(world: World) -> None:
    user = await world.resident()
    json_headers = {"content-type": "application/json"}
    huge = json.dumps({"to": user, "messages": [{"type": "text", "text": "x" * 2**21}]}).encode()
    assert (await world.raw.post("message/push", content=huge, headers=json_headers)).status_code == 413
    assert (await world.raw.post("message/push", content=b"{}")).status_code == 415
    answer = await world.raw.post("message/push", content=b'{"to":', headers=json_headers)
    assert answer.json() == {"message": "The request body could not be parsed as JSON (line: 1, column: 7)"}
    assert (await world.raw.post("message/push", content=b"\xff", headers=json_headers)).status_code == 400
    answer = await world.raw.post("message/push", json={"to": "nobody", "messages": [{"type": "text", "text": "x"}]})
    assert answer.json()["message"] == "The property, 'to', in the request body is invalid (line: -, column: -)"
    stranger = {"to": "U" + "0" * 32, "messages": [{"type": "text", "text": "x"}]}
    assert (await world.raw.post("message/push", json=stranger)).json() == {"message": "Failed to send messages"}
    assert (await world.raw.get("no/such/thing")).json() == {"message": "Not Found"}
    assert (await world.raw.get("followers/ids", params={"limit": "many"})).status_code == 400


async def test_another_town_is_not_found(world: World) -> None:
    assert (await world.control.get("users", params={"municipality": "000000"})).status_code == 404
    assert (await world.control.get("users", params={"municipality": TOWN})).json() == []
