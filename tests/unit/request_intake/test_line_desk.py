"""The LINE channel: signature, events, the desk's one write, answers that survive crashes."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from linebot.v3.messaging import ApiException

from madoguchi.contracts.vocabulary import Language, OtherWay
from madoguchi.policy.load import load_town
from madoguchi.testing.documents import MemoryDocuments
from madoguchi.testing.vault import memory_vault
from madoguchi.text.catalogue import Catalogue
from madoguchi.vault.port import KeyErased
from request_intake.conversation.model import OpenRequest
from request_intake.line.answer import Answerer
from request_intake.line.desk import Desk
from request_intake.line.events import WebhookInvalid, read, signature_holds
from request_intake.line.record import CONVERSATIONS, Application, QuestionAnswer
from request_intake.line.sender import LineSender

TOWN = load_town(Path(__file__).parents[3] / "deploy/municipalities/990019.yaml")
USER = "U" + "7" * 32
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


class Acts:
    """Remembers what was ordered."""

    def __init__(self) -> None:
        self.submitted: list[Application] = []
        self.cancelled: list[str] = []
        self.answered: list[QuestionAnswer] = []

    async def submit(self, municipality: str, application: Application) -> None:
        if application.request_id not in [a.request_id for a in self.submitted]:
            self.submitted.append(application)

    async def cancel(self, request_id: str) -> None:
        self.cancelled.append(request_id)

    async def redirect(self, request_id: str, way: OtherWay) -> None:
        raise AssertionError("not asked for")

    async def answer(self, given: QuestionAnswer) -> None:
        self.answered.append(given)

    async def view(self, request_id: str, language: Language) -> OpenRequest | None:
        return None

    async def looks(self, request_id: str, language: Language) -> tuple[str, ...]:
        return ()


class Line(LineSender):
    """The channel's far side: keeps what it took, fails on demand."""

    def __init__(self) -> None:
        self.replies: list[list[dict[str, Any]]] = []
        self.pushes: dict[str, list[dict[str, Any]]] = {}
        self.failures: list[int] = []
        self.token_good = True

    async def reply(self, token: str, messages: list[dict[str, Any]], *, heard_at: datetime, now: datetime) -> bool:
        if self.failures:
            raise ApiException(status=self.failures.pop())
        if token and self.token_good:
            self.replies.append(messages)
            return True
        return False

    async def push(self, user_id: str, messages: list[dict[str, Any]], *, key: str) -> None:
        assert user_id == USER
        self.pushes[key] = messages


class World:
    def __init__(self) -> None:
        self.documents, self.acts, self.line = MemoryDocuments(), Acts(), Line()
        self.vault = memory_vault(TOWN.code, clock=lambda: NOW)
        self.now, self.count = NOW, 0
        clock = lambda: self.now  # noqa: E731
        self.answerer = Answerer(self.documents, self.vault, self.acts, {TOWN.code: self.line}, clock)
        catalogue = Catalogue.of_package("request_intake.conversation")
        self.desk = Desk(self.documents, self.vault, self.acts, catalogue, clock, bytes)

    async def hear(self, *, event_id: str = "", **message: Any) -> str:
        self.count += 1
        key = event_id or f"event-{self.count}"
        (heard,) = read(body(key, **message))
        await self.desk.hear(TOWN, heard)
        return key

    async def document(self) -> dict[str, Any]:
        (document,) = await self.documents.find(CONVERSATIONS)
        return document

    async def answer(self) -> None:
        await self.answerer.answer((await self.document())["_id"])


@pytest.fixture
async def world() -> World:
    made = World()
    await made.documents.prepare([CONVERSATIONS])
    return made


def body(event_id: str, **event: Any) -> bytes:
    full = {
        "type": "message", "mode": "active", "timestamp": int(NOW.timestamp() * 1000),
        "replyToken": f"token-{event_id}",
        "webhookEventId": event_id, "deliveryContext": {"isRedelivery": False},
        "source": {"type": "user", "userId": USER}, **event,
    }  # fmt: skip
    if "text" in full:
        full["message"] = {"type": "text", "id": "1", "quoteToken": "q", "text": full.pop("text")}
    return json.dumps({"destination": "U0", "events": [full]}).encode()


def test_the_signature_is_over_the_raw_body() -> None:
    raw = body("1", text="住民票")
    good = base64.b64encode(hmac.new(b"secret", raw, hashlib.sha256).digest()).decode()
    assert signature_holds([b"secret"], raw, good)
    for wrong in ("", "x", good[:-2], good.lower(), "あ"):
        assert not signature_holds([b"secret"], raw, wrong)
    assert not signature_holds([b"secret"], raw + b" ", good)
    assert signature_holds([b"new", b"secret"], raw, good)
    assert not signature_holds([b"new", b"other"], raw, good)


def test_what_is_no_webhook_is_refused_and_what_is_unknown_is_passed_over() -> None:
    for wrong in (b"", b"[]", b"{}", b'{"events": 1}', b"\xff", b'{"events": [1]}'):
        with pytest.raises(WebhookInvalid):
            read(wrong)
    assert read(b'{"events": []}') == []
    assert read(body("1", type="somethingNew")) == []
    assert read(body("1", text="x", mode="standby")) == []
    assert read(body("1", text="x", source={"type": "group", "groupId": "G", "userId": USER})) == []


async def test_a_whole_conversation_submits_once_with_everything_personal_sealed(world: World) -> None:
    await world.hear(type="follow", follow={"isUnblocked": False})
    for text in ("住民票がほしい", "本人だけ", "何も載せない", "kurai@example.jp", "はい"):
        await world.hear(text=text)
    stored = json.dumps(await world.document())
    assert "kurai@example.jp" not in stored
    assert USER not in stored
    await world.answer()
    await world.answer()
    (application,) = world.acts.submitted
    assert application.contact.startswith("sealed:v1:contact:")
    assert len(world.line.replies) == 6


async def test_a_redelivered_event_changes_nothing(world: World) -> None:
    for _ in range(3):
        await world.hear(text="住民票", event_id="same")
    assert len((await world.document())["conversation"]["answers"]) == 1
    await world.answer()
    await world.hear(text="住民票", event_id="same")
    await world.answer()
    assert len(world.line.replies) == 1


async def test_a_passing_fault_of_the_channel_is_tried_again(world: World) -> None:
    world.line.failures = [500, 429]
    await world.hear(text="住民票")
    await world.answer()
    assert len(world.line.replies) == 1


async def test_when_the_reply_token_has_run_out_the_answer_is_pushed(world: World) -> None:
    world.line.token_good = False
    key = await world.hear(text="住民票")
    await world.answer()
    assert list(world.line.pushes) == [key]


async def test_someone_who_blocked_the_account_is_not_answered(world: World) -> None:
    await world.hear(text="住民票")
    await world.hear(type="unfollow")
    await world.answer()
    assert world.line.replies == []


async def test_an_unfinished_application_is_forgotten_and_its_key_destroyed(world: World) -> None:
    for text in ("住民票がほしい", "本人だけ", "何も載せない", "kurai@example.jp"):
        await world.hear(text=text)
    preparing = (await world.document())["conversation"]["preparing"]
    await world.answer()
    world.now += TOWN.deadlines.conversation + timedelta(seconds=1)
    await world.answerer.forget()
    after = (await world.document())["conversation"]
    assert after["preparing"] is None
    assert after["kept"] == {}
    with pytest.raises(KeyErased):
        await world.vault.seal(preparing, "contact", b"x")
