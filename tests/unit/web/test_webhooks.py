"""Standard Webhooks: signed here or by the library, checked here; whatever is wrong is one error."""

import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from madoguchi.web.standard_webhooks import WebhookInvalid, sign, verify, verify_any

SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
OTHER = "whsec_" + base64.b64encode(b"o" * 32).decode()
BODY = b'{"type":"checkout.paid","data":{"amount":300}}'


def _now() -> datetime:
    return datetime.now(UTC)


def test_what_is_signed_is_accepted_by_us_and_by_the_library() -> None:
    headers = sign(SECRET, "msg_1", _now(), BODY)
    assert verify(SECRET, {name.title(): value for name, value in headers.items()}, BODY) == "msg_1"
    assert Webhook(SECRET).verify(BODY, headers) == {"type": "checkout.paid", "data": {"amount": 300}}


def test_the_zone_of_the_time_does_not_matter() -> None:
    at = _now()
    assert sign(SECRET, "m", at.astimezone(timezone(timedelta(hours=9))), BODY) == sign(SECRET, "m", at, BODY)


def test_several_signatures_allow_a_change_of_secret() -> None:
    headers = sign(SECRET, "msg_1", _now(), BODY)
    old = sign(OTHER, "msg_1", _now(), BODY)["webhook-signature"]
    assert verify(SECRET, {**headers, "webhook-signature": f"{old} {headers['webhook-signature']}"}, BODY) == "msg_1"


def test_of_several_secrets_any_will_do() -> None:
    headers = sign(OTHER, "msg_1", _now(), BODY)
    assert verify_any((SECRET, OTHER), headers, BODY) == verify_any((OTHER, SECRET), headers, BODY) == "msg_1"
    for wrong in ((), (SECRET,)):
        with pytest.raises(WebhookInvalid):
            verify_any(wrong, headers, BODY)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_too_old_and_too_new_are_refused(minutes: int) -> None:
    headers = sign(SECRET, "msg_1", _now() + timedelta(minutes=minutes), BODY)
    with pytest.raises(WebhookInvalid):
        verify(SECRET, headers, BODY)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("value", [None, "", " ", "v1", "v1,", "v1,あ", "v1,=", "v2,aaaa", "nan", "1e9", "²", "a,b,c"])
def test_missing_and_malformed_headers_are_refused(name: str, value: str | None) -> None:
    headers = sign(SECRET, "msg_1", _now(), BODY)
    headers = {k: v for k, v in {**headers, name: value}.items() if v is not None}
    with pytest.raises(WebhookInvalid):
        verify(SECRET, headers, BODY)


def test_a_fraction_of_a_second_is_not_taken_for_the_signed_time() -> None:
    headers = sign(SECRET, "msg_1", _now(), BODY)
    with pytest.raises(WebhookInvalid):
        verify(SECRET, {**headers, "webhook-timestamp": headers["webhook-timestamp"] + ".5"}, BODY)


@given(st.binary(max_size=60))
def test_another_body_is_refused_also_when_it_is_no_text(body: bytes) -> None:
    with pytest.raises(WebhookInvalid):
        verify(SECRET, sign(SECRET, "msg_1", _now(), BODY), body)


@given(st.dictionaries(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), st.text(max_size=30)))
def test_any_headers_give_one_error(headers: dict[str, str]) -> None:
    with pytest.raises(WebhookInvalid):
        verify(SECRET, headers, BODY)


def test_another_secret_is_refused() -> None:
    with pytest.raises(WebhookInvalid):
        verify(OTHER, sign(SECRET, "msg_1", _now(), BODY), BODY)
