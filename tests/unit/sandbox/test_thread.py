"""A chat as HTML: every kind of message has a look, and nothing a message says becomes markup."""

import base64
from typing import Any

import pytest

from madoguchi.contracts.vocabulary import Language
from madoguchi_sandbox.phone.thread import fragments, picture_urls, quick_replies, thread_html

PICTURE = "http://127.0.0.1:8403/preview/990019.png"
ACTIONS = [
    {"type": "uri", "label": "受け取る", "uri": "https://a.example/d"},
    {"type": "postback", "label": "いまどこ？", "data": "where", "displayText": "いまどこ？"},
    {"type": "message", "label": "住民票", "text": "住民票がほしい"},
    {"type": "datetimepicker", "label": "日付", "data": "d", "mode": "date"},
    {"type": "camera", "label": "カメラ"},
]


def _entry(message: dict[str, Any], by: str = "town", seq: int = 1) -> dict[str, Any]:
    return {
        "seq": seq,
        "at": "2026-11-24T03:04:05+00:00",
        "from": by,
        "id": str(seq),
        "how": "push",
        "message": message,
    }


def _flex() -> dict[str, Any]:
    contents = [
        {"type": "text", "contents": [{"type": "span", "text": "部分", "weight": "bold"}]},
        {"type": "separator"},
        {"type": "filler"},
        {"type": "button", "action": ACTIONS[0], "style": "primary"},
    ]
    box = {"type": "box", "layout": "horizontal", "contents": contents}
    hero = {"type": "image", "url": PICTURE}
    return {"type": "flex", "altText": "できました", "contents": {"type": "bubble", "hero": hero, "body": box}}


def _template(**fields: Any) -> dict[str, Any]:
    return {"type": "template", "altText": "x", "template": fields}


MESSAGES: list[tuple[dict[str, Any], str]] = [
    ({"type": "text", "text": "https://a.example/x です"}, '<a href="https://a.example/x"'),
    (_flex(), "部分"),
    ({"type": "flex", "altText": "x", "contents": {"type": "carousel", "contents": [_flex()["contents"]]}}, "部分"),
    (_template(type="buttons", title="題", text="文", actions=ACTIONS), "カメラ"),
    (_template(type="carousel", columns=[{"text": "列", "actions": ACTIONS}]), "列"),
    ({"type": "sticker", "stickerId": "1"}, "スタンプ"),
    ({"type": "image", "contentType": "image/png"}, "写真"),
    ({"type": "image", "previewImageUrl": PICTURE, "originalContentUrl": PICTURE}, "写真"),
    ({"type": "location", "title": "市役所", "address": "見本市1-1"}, "見本市1-1"),
    ({"type": "unsend", "messageId": "1"}, "取り消しました"),
    ({"type": "imagemap", "altText": "地図"}, "地図"),
]  # fmt: skip


@pytest.mark.parametrize(("message", "seen"), MESSAGES)
def test_every_kind_of_message_has_a_look(message: dict[str, Any], seen: str) -> None:
    entries = [_entry(message)]
    assert seen in fragments(entries, Language.JAPANESE, "見本市")
    assert seen in thread_html(entries)


def test_what_is_said_never_becomes_markup() -> None:
    evil = "<script>alert(1)</script>"
    entries = [_entry({"type": "text", "text": evil}), _entry({"type": "text", "text": evil}, "resident", 2)]
    for html in (fragments(entries, Language.JAPANESE, evil), thread_html(entries, title=evil)):
        assert "<script" not in html
    bad = {"type": "uri", "label": "x", "uri": "javascript:alert(1)"}
    flex = _flex()
    flex["contents"]["body"]["contents"][3]["action"] = bad
    assert "javascript:" not in fragments([_entry(flex)], Language.JAPANESE, "x")


def test_quick_replies_last_until_somebody_says_something() -> None:
    items = [{"type": "action", "action": ACTIONS[1]}]
    question = _entry({"type": "text", "text": "どれ？", "quickReply": {"items": items}})
    assert 'data-data="where"' in quick_replies([question], Language.JAPANESE)
    said = _entry({"type": "text", "text": "これ"}, "resident", 2)
    assert quick_replies([question, said], Language.JAPANESE) == ""
    assert quick_replies([], Language.JAPANESE) == ""


def test_a_kept_thread_needs_nothing_else() -> None:
    entries = [_entry(_flex())]
    assert picture_urls(entries) == [PICTURE]
    data = "data:image/png;base64," + base64.b64encode(b"x").decode()
    with_picture, without = thread_html(entries, images={PICTURE: data}), thread_html(entries)
    assert data in with_picture
    assert PICTURE not in with_picture + without
    assert "<script" not in with_picture
    assert "12:04" in without
    assert "2026/11/24" in without
    assert "<html" in thread_html([])
