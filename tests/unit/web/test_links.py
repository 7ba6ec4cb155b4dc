"""A link opens what it was made for, until its time is over."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.web.links import LinkExpired, LinkInvalid, LinkPurpose, download_url, read, read_any, sign, status_url

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
REQUEST = "req_01hzzzzzzzzzzzzzzzzzzzzzzz"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
UNTIL = NOW + timedelta(days=7)
TOKEN = sign(KEY, "status", REQUEST, UNTIL)

requests = st.from_regex(r"req_[0-9a-z]{26}", fullmatch=True)
keys = st.binary(min_size=32, max_size=64)
moments = st.integers(1_600_000_000, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
purposes = st.sampled_from(["status", "download"])


@given(keys, purposes, requests, moments)
def test_a_link_gives_its_request_back_until_it_expires(
    key: bytes, purpose: LinkPurpose, request: str, until: datetime
) -> None:
    token = sign(key, purpose, request, until)
    assert read(key, token, purpose, until - timedelta(seconds=1)) == request
    with pytest.raises(LinkExpired):
        read(key, token, purpose, until)


@given(st.data())
def test_any_change_makes_it_invalid(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(TOKEN) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda c: c != TOKEN[place]))
    with pytest.raises(LinkInvalid):
        read(KEY, TOKEN[:place] + other + TOKEN[place + 1 :], "status", NOW)


@given(st.text(max_size=100))
def test_what_is_no_token_is_invalid(text: str) -> None:
    with pytest.raises(LinkInvalid):
        read(KEY, text, "status", NOW)


def test_a_link_for_one_purpose_does_not_serve_another() -> None:
    with pytest.raises(LinkInvalid):
        read(KEY, TOKEN, "download", NOW)


def test_a_forged_link_is_invalid_even_when_old() -> None:
    with pytest.raises(LinkInvalid):
        read(OTHER_KEY, TOKEN, "status", UNTIL + timedelta(days=1))


def test_a_door_of_several_towns_finds_the_town() -> None:
    towns = {"990027": (OTHER_KEY,), "990019": (KEY,)}
    assert read_any(towns, TOKEN, "status", NOW) == ("990019", REQUEST)
    with pytest.raises(LinkExpired):
        read_any(towns, TOKEN, "status", UNTIL)
    with pytest.raises(LinkInvalid):
        read_any({"990027": (OTHER_KEY,)}, TOKEN, "status", NOW)
    with pytest.raises(LinkInvalid):
        read_any({}, TOKEN, "status", NOW)


def test_links_outlive_the_change_of_their_key_until_it_is_dropped() -> None:
    assert read_any({"990019": (OTHER_KEY, KEY)}, TOKEN, "status", NOW) == ("990019", REQUEST)
    assert read_any({"990019": (KEY, OTHER_KEY)}, TOKEN, "status", NOW) == ("990019", REQUEST)
    with pytest.raises(LinkExpired):
        read_any({"990019": (OTHER_KEY, KEY)}, TOKEN, "status", UNTIL)
    with pytest.raises(LinkInvalid):
        read_any({"990019": (OTHER_KEY,)}, TOKEN, "status", NOW)


def test_urls_need_no_escaping() -> None:
    assert status_url(KEY, "http://127.0.0.1:8401/", REQUEST, UNTIL) == f"http://127.0.0.1:8401/r/{TOKEN}"
    url = download_url(KEY, "https://issuance.example", REQUEST, UNTIL)
    assert url == f"https://issuance.example/download/{sign(KEY, 'download', REQUEST, UNTIL)}"
    assert set(TOKEN) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 32 bytes"):
        sign(b"short", "status", REQUEST, UNTIL)
