"""What a bot may not send: each of LINE's documented limits, at its edge, with the place it names."""

from typing import Any

import pytest

from madoguchi_sandbox.line.limits import check_messages

PICTURE = "https://town.example/p.png"
PART = "messages[0].contents.body.contents[0]"
QUICK = "messages[0].quickReply.items[0].action"


def _text(**more: Any) -> dict[str, Any]:
    return {"type": "text", "text": "x", **more}


def _quick(*actions: dict[str, Any]) -> dict[str, Any]:
    return _text(quickReply={"items": [{"type": "action", "action": action} for action in actions]})


def _postback(**more: Any) -> dict[str, Any]:
    return {"type": "postback", "label": "はい", "data": "yes", **more}


def _flex(*contents: dict[str, Any], **bubble: Any) -> dict[str, Any]:
    body = {"type": "box", "layout": "vertical", "contents": list(contents)}
    return {"type": "flex", "altText": "x", "contents": {"type": "bubble", "body": body, **bubble}}


def _buttons(**more: Any) -> dict[str, Any]:
    template = {"type": "buttons", "text": "x", "actions": [_postback()], **more}
    return {"type": "template", "altText": "x", "template": template}


def _button(uri: str = "https://a.example/", label: str = "開く") -> dict[str, Any]:
    return {"type": "button", "action": {"type": "uri", "label": label, "uri": uri}}


RIGHT: dict[str, list[dict[str, Any]]] = {
    "five messages": [_text()] * 5,
    "5,000 characters": [_text(text="あ" * 5000)],
    "5,000 code units of a rare character": [_text(text="𠮷" * 2500)],
    "thirteen quick replies": [_quick(*[_postback()] * 13)],
    "a label of twenty": [_quick(_postback(label="あ" * 20))],
    "300 characters of data": [_quick(_postback(data="d" * 300))],
    "every action": [
        _quick(
            {"type": "message", "label": "x", "text": "x"},
            {"type": "uri", "label": "x", "uri": "tel:099-555-0100"},
            {"type": "datetimepicker", "label": "x", "data": "d", "mode": "date"},
            {"type": "camera", "label": "x"},
            {"type": "clipboard", "label": "x", "clipboardText": "x"},
        )
    ],
    "a bubble with everything": [
        _flex(
            {"type": "text", "text": "題", "weight": "bold", "color": "#0017C1", "wrap": True},
            {"type": "separator", "margin": "md"},
            {"type": "text", "contents": [{"type": "span", "text": "部分"}]},
            hero={"type": "image", "url": PICTURE, "size": "full", "aspectRatio": "20:13", "aspectMode": "cover"},
            footer={"type": "box", "layout": "vertical", "contents": [_button(label="あ" * 40)]},
        )
    ],
    "a carousel": [{"type": "flex", "altText": "x", "contents": {"type": "carousel", "contents": [
        _flex({"type": "text", "text": "x"})["contents"]] * 12}}],
    "buttons": [_buttons(text="x" * 160), _buttons(title="題", text="x" * 60, thumbnailImageUrl=PICTURE)],
    "confirm": [{"type": "template", "altText": "x", "template": {
        "type": "confirm", "text": "x", "actions": [_postback(), _postback()]}}],
    "loopback over http, in the sandbox only": [_flex(_button("http://127.0.0.1:8401/r/x"))],
    "other kinds": [
        {"type": "sticker", "packageId": "446", "stickerId": "1988"},
        {"type": "image", "originalContentUrl": PICTURE, "previewImageUrl": PICTURE},
        {"type": "location", "title": "市役所", "address": "見本市1", "latitude": 35.0, "longitude": 139.0},
    ],
}  # fmt: skip

WRONG: dict[str, tuple[Any, str]] = {
    "no messages": ([], "messages"),
    "not a list": ({"type": "text"}, "messages"),
    "six messages": ([_text()] * 6, "messages"),
    "not an object": (["x"], "messages[0]"),
    "no type": ([{"text": "x"}], "messages[0].type"),
    "unknown type": ([{"type": "pdf"}], "messages[0].type"),
    "no text": ([{"type": "text"}], "messages[0].text"),
    "empty text": ([_text(), _text(text="")], "messages[1].text"),
    "text that is a number": ([_text(text=5)], "messages[0].text"),
    "5,001 characters": ([_text(text="x" * 5001)], "messages[0].text"),
    "5,002 code units": ([_text(text="𠮷" * 2501)], "messages[0].text"),
    "unknown field": ([_text(font="large")], "messages[0].font"),
    "fourteen quick replies": ([_quick(*[_postback()] * 14)], "messages[0].quickReply.items"),
    "no quick reply": ([_text(quickReply={"items": []})], "messages[0].quickReply.items"),
    "label of twenty-one": ([_quick(_postback(label="x" * 21))], QUICK + ".label"),
    "no label": ([_quick({"type": "postback", "data": "x"})], QUICK + ".label"),
    "301 of data": ([_quick(_postback(data="x" * 301))], QUICK + ".data"),
    "no data": ([_quick({"type": "postback", "label": "x"})], QUICK + ".data"),
    "unknown action": ([_quick({"type": "pay", "label": "x"})], QUICK + ".type"),
    "long display text": ([_quick(_postback(displayText="x" * 301))], QUICK + ".displayText"),
    "plain http": ([_flex(_button("http://town.example/"))], PART + ".action.uri"),
    "script": ([_flex(_button("javascript:alert(1)"))], PART + ".action.uri"),
    "long uri": ([_flex(_button("https://a/" + "x" * 1000))], PART + ".action.uri"),
    "flex label of 41": ([_flex(_button(label="x" * 41))], PART + ".action.label"),
    "alt text too long": ([{**_flex(_button()), "altText": "x" * 1501}], "messages[0].altText"),
    "no alt text": ([{"type": "flex", "contents": _flex(_button())["contents"]}], "messages[0].altText"),
    "colour by name": ([_flex({"type": "text", "text": "x", "color": "red"})], PART + ".color"),
    "bubble over 30 KB": ([_flex(*[{"type": "text", "text": "x" * 2000}] * 16)], "messages[0].contents"),
    "empty bubble": ([{"type": "flex", "altText": "x", "contents": {"type": "bubble"}}], "messages[0].contents"),
    "body that is no box": ([_flex(body={"type": "text", "text": "x"})], "messages[0].contents.body"),
    "unknown flex field": ([_flex({"type": "text", "text": "x", "font": "x"})], PART + ".font"),
    "unknown flex part": ([_flex({"type": "input"})], PART + ".type"),
    "picture over http": ([_flex(hero={"type": "image", "url": "http://a.example"})], "messages[0].contents.hero.url"),
    "thirteen bubbles": ([{"type": "flex", "altText": "x", "contents": {"type": "carousel", "contents": [
        _flex(_button())["contents"]] * 13}}], "messages[0].contents.contents"),
    "five buttons": ([_buttons(actions=[_postback()] * 5)], "messages[0].template.actions"),
    "161 of text": ([_buttons(text="x" * 161)], "messages[0].template.text"),
    "61 of text under a title": ([_buttons(title="x", text="x" * 61)], "messages[0].template.text"),
    "41 of title": ([_buttons(title="x" * 41)], "messages[0].template.title"),
    "confirm with one": ([{"type": "template", "altText": "x", "template": {
        "type": "confirm", "text": "x", "actions": [_postback()]}}], "messages[0].template.actions"),
    "unknown template": ([_buttons(type="form")], "messages[0].template.type"),
    "image without preview": ([{"type": "image", "originalContentUrl": PICTURE}], "messages[0].previewImageUrl"),
    "wrong enum": ([_flex({"type": "text", "text": "x", "weight": "heavy"})], "messages[0].weight"),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_given_messages_within_the_limits_then_nothing_is_wrong(name: str) -> None:
    assert check_messages(RIGHT[name]) == []


@pytest.mark.parametrize("name", WRONG)
def test_given_a_message_beyond_a_limit_then_its_place_is_named(name: str) -> None:
    messages, place = WRONG[name]
    assert [detail.property for detail in check_messages(messages)] == [place]
