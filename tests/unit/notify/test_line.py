"""LINE push through line-bot-sdk against the sandbox's platform: every answer LINE gives, and what it means."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from madoguchi.contracts import events as e
from madoguchi.contracts.personal import Contact
from madoguchi.contracts.vocabulary import Language, NoticeKind
from notify.adapters.line import LinePush, line_push
from notify.domain import decide
from notify.ports import Message
from sandbox_world import TOKEN, World, chat_world
from unit.notify.test_compose import message
from unit.notify.world import EMAIL, LINE, Post

READY: Message = message(NoticeKind.READY, Language.JAPANESE)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with chat_world(tmp_path) as running:
        yield running


@asynccontextmanager
async def pushing(world: World, patience: float = 5.0) -> AsyncIterator[LinePush]:
    async with line_push(str(world.control.base_url).partition("/_control")[0], TOKEN, patience) as line:
        yield line


async def shown(world: World, user: str) -> list[dict[str, Any]]:
    return [entry for entry in await world.thread(user) if entry["from"] == "town"]


async def test_a_push_shows_in_the_thread_with_its_buttons_and_its_picture(world: World) -> None:
    user = await world.resident()
    async with pushing(world) as line:
        outcome = await line.send(Contact(line_user_id=user), READY)
    (entry,) = await shown(world, user)
    assert (outcome.verdict, outcome.code) == ("accepted", "200")
    assert len(outcome.provider_id) == 36
    assert entry["message"]["type"] == "flex"
    assert READY.phrase in entry["message"]["altText"]
    bubble = entry["message"]["contents"]
    assert bubble["hero"]["url"] == READY.picture
    assert [part["action"]["uri"] for part in bubble["footer"]["contents"]] == [b.url for b in READY.buttons]


async def test_the_same_notice_again_is_answered_409_and_counts_as_taken(world: World) -> None:
    user = await world.resident()
    async with pushing(world) as line:
        first = await line.send(Contact(line_user_id=user), READY)
        again = await line.send(Contact(line_user_id=user), READY)
    assert (again.verdict, again.code, again.provider_id) == ("accepted", "409", first.provider_id)
    assert len(await shown(world, user)) == 1
    assert (await world.statistics())["duplicates_by_retry_key"] == 1


@pytest.mark.parametrize(
    ("fault", "verdict", "code"),
    [
        ("429_rate", "retry", "429"),
        ("429_quota", "quota_exhausted", "429 monthly limit"),
        ("500", "retry", "500"),
    ],
)
async def test_what_an_error_means(world: World, fault: str, verdict: str, code: str) -> None:
    user = await world.resident()
    await world.fault(fault)
    async with pushing(world) as line:
        outcome = await line.send(Contact(line_user_id=user), READY)
        assert (outcome.verdict, outcome.code) == (verdict, code)
        assert await shown(world, user) == []
        assert (await line.send(Contact(line_user_id=user), READY)).verdict == "accepted"


async def test_a_time_out_after_success_leads_to_exactly_one_message(world: World) -> None:
    user = await world.resident()
    await world.fault("timeout_after_success", seconds=1.0)
    async with pushing(world, patience=0.3) as line:
        post = Post(channels={LINE: line})
        await post.hear(await post.submitted(contact=Contact(line_user_id=user)))
        await post.one_round()
        assert (await post.notice()).deliveries[LINE].code == "TimeoutError"
        assert await post.published() == []
        post.clock.move(decide.WAITS[0])
        await post.one_round()
    (report,) = await post.published()
    assert isinstance(report.event, e.NoticeSent)
    assert (await post.notice()).deliveries[LINE].code == "409"
    assert len(await shown(world, user)) == 1


async def test_a_crash_after_line_took_it_leads_to_exactly_one_message(world: World) -> None:
    user = await world.resident()
    async with pushing(world) as line:
        post = Post()
        await post.hear(await post.submitted(contact=Contact(line_user_id=user)))
        await post.killed_in(post.line)
        await line.send(Contact(line_user_id=user), post.line.sent[0])  # what the dead process had sent
        post.channels = {LINE: line}
        post.clock.move(decide.UNANSWERED[LINE].total_seconds())
        await post.one_round()
    assert (await post.notice()).deliveries[LINE].code == "409"
    assert len(await shown(world, user)) == 1
    assert len(await post.published()) == 1


async def test_someone_who_blocked_the_account_is_told_by_mail(world: World) -> None:
    user = await world.resident()
    await world.act(user, "block")
    async with pushing(world) as line:
        post = Post()
        post.channels = {LINE: line, EMAIL: post.mail}
        await post.hear(await post.submitted(contact=Contact(line_user_id=user, email="a@example.jp")))
        await post.one_round()
    (report,) = await post.published()
    assert isinstance(report.event, e.NoticeSent)
    assert report.event.channels == (EMAIL,)
    assert (await post.notice()).deliveries[LINE].code == "blocked"
    assert (await world.statistics())["messages_accepted"] == 0


async def test_the_months_last_message_being_gone_leaves_the_mail(world: World) -> None:
    user = await world.resident()
    (await world.control.put("quota", json={"value": 0})).raise_for_status()
    async with pushing(world) as line:
        post = Post()
        post.channels = {LINE: line, EMAIL: post.mail}
        await post.hear(await post.submitted(contact=Contact(line_user_id=user, email="a@example.jp")))
        await post.one_round()
    (report,) = await post.published()
    assert isinstance(report.event, e.NoticeSent)
    assert report.event.channels == (EMAIL,)


async def test_nobody_there_and_no_platform(world: World) -> None:
    async with pushing(world) as line:
        assert (await line.send(Contact(), READY)).verdict == "no_address"
        assert (await line.send(Contact(line_user_id="U" + "f" * 32), READY)).code == "blocked"
    async with line_push("http://127.0.0.1:9", TOKEN) as line:
        outcome = await line.send(Contact(line_user_id="U" + "f" * 32), READY)
    assert (outcome.verdict, outcome.code) == ("retry", "ClientConnectorError")


async def test_a_wrong_token_is_for_an_operator_to_mend(world: World) -> None:
    user = await world.resident()
    async with line_push(str(world.control.base_url).partition("/_control")[0], "another") as line:
        outcome = await line.send(Contact(line_user_id=user), READY)
    assert (outcome.verdict, outcome.code) == ("retry", "401")
