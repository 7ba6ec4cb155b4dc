"""A clerk asks the resident, has a notice sent again, tries a channel out: published as the console publishes it."""

import json
from typing import Any

import pytest

import decisions
from e2e.faults import to_the_signature
from e2e.inside import Archive, does, vault_of
from e2e.outside import Thread, comes_true
from e2e.rest import Client, Json
from madoguchi.contracts.events import (
    ChannelTested,
    ChannelTestRequested,
    Event,
    NoticeResendRequested,
    NoticeSent,
    ResidentAnswered,
)
from madoguchi.contracts.ids import new_request_id
from madoguchi.contracts.personal import Contact, ResidentAnswer
from madoguchi.contracts.vocabulary import Language, NoticeChannel, ResidentQuestion
from madoguchi.service.clock import utc_now
from madoguchi.vault.port import Access, LegalBasis, Purpose
from madoguchi_sandbox.launcher.stack import Stack
from madoguchi_sandbox.resident import Resident
from towns import SECOND_TOWN, TOWN

pytestmark = pytest.mark.processes

CLERK = Access("clerk:0042", Purpose.CLERK_REVIEW, LegalBasis.RESIDENT_REGISTER_ACT_12)
SAID = "はしごの字です、見本 花子と書きます"


async def published(stack: Stack, archive: Archive, request_id: str, event: type[Event]) -> list[Any]:
    """The events of that type about a request, once there are some; one that a sweep sent again counts once."""

    def found() -> list[Any]:
        of_type = (record for record in archive.of(request_id) if record.header("ce_type") == event.TYPE)
        mine = {record.header("ce_id"): record for record in of_type}
        return [event.model_validate(json.loads(record.value or b"")) for record in mine.values()]

    async def there() -> bool:
        await archive.look(stack)
        return bool(found())

    await comes_true(there)
    return found()


async def answers(stack: Stack, archive: Archive, request_id: str) -> list[str]:
    """What the clerk reads."""
    given: list[ResidentAnswered] = await published(stack, archive, request_id, ResidentAnswered)
    async with vault_of(stack) as vault:
        return [(await vault.open(request_id, one.answer, ResidentAnswer, CLERK)).text for one in given]


async def test_a_question_is_asked_and_answered_in_the_thread(
    stack: Stack, archive: Archive, resident: Resident
) -> None:
    resident.card = "double-good"
    thread = Thread(resident)
    await to_the_signature(thread)
    await thread.sign()
    await thread.until("with_clerk")
    asks = decisions.question(thread.request_id, TOWN, ResidentQuestion.WHICH_NAME)
    for _ in range(2):
        await does(stack, asks, key=asks.question_id)
    await resident.expect_button("/answer")

    async def shown() -> bool:
        return "/answer" in (await resident.http.get(thread.status_url)).raise_for_status().text

    await comes_true(shown)
    await resident.say("いまどこ？")
    await resident.expect_words("職員からの質問：")
    await resident.say("質問に答える")
    await resident.expect_words("お答えとして職員に渡します")
    await resident.say("1234-5678-9018")
    await resident.expect_words("マイナンバー")
    await resident.say(SAID)
    await resident.expect_words("お答えを職員に渡します")
    assert await answers(stack, archive, thread.request_id) == [SAID]
    page = (await resident.http.get(thread.status_url)).raise_for_status().text
    assert "お答えをお預かりしました" in page
    assert await thread.status() == "with_clerk"


async def test_by_api_and_mail_and_the_notice_once_more(stack: Stack, archive: Archive, second_api: Client) -> None:
    address = "asked@example.jp"
    made: Json = (await second_api.create(email=address)).json()
    await second_api.sign(made, "double-good")
    await second_api.pay(made)
    await second_api.until(made, "with_clerk")
    asks = decisions.question(made["request_id"], SECOND_TOWN, ResidentQuestion.MOVED_RECENTLY)
    await does(stack, asks, key=asks.question_id)
    assert (await second_api.mails(address, at_least=5)).count("question") == 1

    async def asked() -> bool:
        return bool((await second_api.read(made))["question"])

    await comes_true(asked)
    url = f"/v1/requests/{made['request_id']}/answers"
    body, headers = {"question_id": asks.question_id, "text": SAID}, {"Idempotency-Key": "asked-1"}
    for _ in range(2):
        assert (await second_api.http.post(url, json=body, headers=headers)).status_code == 202
    assert await answers(stack, archive, made["request_id"]) == [SAID]
    await _sent_once_more(stack, archive, second_api, made["request_id"], address)


async def _sent_once_more(stack: Stack, archive: Archive, api: Client, request_id: str, address: str) -> None:
    """The clerk has the question's notice sent again."""
    sent: list[NoticeSent] = await published(stack, archive, request_id, NoticeSent)
    notice = next(one for one in sent if one.kind == "question")
    assert [(one.channel, one.status, one.attempts) for one in notice.deliveries] == [("email", "sent", 1)]
    once_more = NoticeResendRequested(
        request_id=request_id,
        municipality=SECOND_TOWN,
        notice_id=notice.notice_id,
        channels=(NoticeChannel.EMAIL,),
        clerk=decisions.CLERK,
        requested_at=utc_now(),
    )
    for _ in range(2):
        await does(stack, once_more, key="once-more")
    assert (await api.mails(address, at_least=6)).count("question") == 2

    async def reported() -> bool:
        again: list[NoticeSent] = await published(stack, archive, request_id, NoticeSent)
        return [one.notice_id for one in again if one.resend_id] == [notice.notice_id]

    await comes_true(reported)


async def test_a_channel_is_tried_out(stack: Stack, archive: Archive, second_api: Client) -> None:
    own, address = new_request_id(utc_now(), lambda n: b"\7" * n), "staff@example.jp"
    async with vault_of(stack) as vault:
        await vault.create_key(own, SECOND_TOWN)
        contact = await vault.seal(own, "contact", Contact(email=address))
    wish = ChannelTestRequested(
        request_id=own, municipality=SECOND_TOWN, channel=NoticeChannel.EMAIL, contact=contact,
        language=Language.JAPANESE, clerk=decisions.CLERK, requested_at=utc_now(),
    )  # fmt: skip
    await does(stack, wish, key="test")
    assert await second_api.mails(address, at_least=1) == ["channel_test"]
    tested: list[ChannelTested] = await published(stack, archive, own, ChannelTested)
    assert [one.delivery.status for one in tested] == ["sent"]
