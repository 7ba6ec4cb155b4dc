"""Only a token that is for us, of this attempt, and fresh, is accepted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.login.id_token import LEEWAY, Expected, Refusal, refusal

NOW = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
SLACK = int(LEEWAY.total_seconds())
MAX_AGE = 3600
EXPECTED = Expected("https://signin.test", "console", "n-0", NOW - timedelta(seconds=30), timedelta(seconds=MAX_AGE))
GOOD: dict[str, Any] = {
    "iss": "https://signin.test",
    "sub": "990019-1001",
    "aud": "console",
    "nonce": "n-0",
    "iat": SECONDS,
    "exp": SECONDS + 300,
    "auth_time": SECONDS - 10,
}
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def test_a_token_for_us_is_accepted() -> None:
    assert refusal(GOOD, EXPECTED, NOW) is None
    assert refusal({**GOOD, "aud": ["console"], "azp": "console"}, EXPECTED, NOW) is None


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"iss": "https://signin.test/"}, Refusal.ISSUER),
        ({"iss": "https://evil.test"}, Refusal.ISSUER),
        ({"iss": ["https://signin.test"]}, Refusal.ISSUER),
        ({"aud": "another"}, Refusal.AUDIENCE),
        ({"aud": ["console", "another"]}, Refusal.AUDIENCE),
        ({"aud": ["console", "another"], "azp": "console"}, Refusal.AUDIENCE),
        ({"aud": []}, Refusal.AUDIENCE),
        ({"azp": "another"}, Refusal.PARTY),
        ({"nonce": "n-1"}, Refusal.NONCE),
        ({"nonce": ["n-0", "n-1"]}, Refusal.NONCE),
        ({"nonce": ""}, Refusal.NONCE),
        ({"exp": SECONDS - SLACK}, Refusal.EXPIRED),
        ({"exp": float("nan")}, Refusal.EXPIRED),
        ({"exp": "9999999999"}, Refusal.EXPIRED),
        ({"iat": SECONDS + SLACK + 1}, Refusal.ISSUED_AT),
        ({"iat": SECONDS - 30 - SLACK - 1}, Refusal.ISSUED_AT),
        ({"nbf": SECONDS + SLACK + 1}, Refusal.ISSUED_AT),
        ({"auth_time": SECONDS - MAX_AGE - SLACK - 1}, Refusal.AUTH_TIME),
        ({"auth_time": SECONDS + SLACK + 1}, Refusal.AUTH_TIME),
        ({"auth_time": float("nan")}, Refusal.AUTH_TIME),
        ({"auth_time": True}, Refusal.AUTH_TIME),
        ({"sub": 5}, Refusal.MALFORMED),
    ],
)
def test_anything_else_is_refused(changed: dict[str, Any], reason: Refusal) -> None:
    assert refusal({**GOOD, **changed}, EXPECTED, NOW) is reason


@pytest.mark.parametrize("claim", list(GOOD))
def test_nothing_may_be_missing(claim: str) -> None:
    without = {name: value for name, value in GOOD.items() if name != claim}
    assert refusal(without, EXPECTED, NOW) is not None
    assert refusal({**GOOD, claim: None}, EXPECTED, NOW) is not None


@given(st.sampled_from([*GOOD, "azp", "nbf"]), values)
def test_whatever_a_claim_holds_it_is_judged_and_never_breaks(claim: str, value: object) -> None:
    reason = refusal({**GOOD, claim: value}, EXPECTED, NOW)
    accepted_anyway = claim in ("exp", "iat", "auth_time", "nbf", "sub")
    assert reason is not None or value == GOOD.get(claim) or value == [GOOD.get(claim)] or accepted_anyway


@given(*[st.integers(-10_000, 10_000)] * 3)
def test_a_token_is_good_exactly_within_its_times(expires: int, issued: int, signed_in: int) -> None:
    claims = {**GOOD, "exp": SECONDS + expires, "iat": SECONDS + issued, "auth_time": SECONDS + signed_in}
    good = (
        expires > -SLACK
        and -30 - SLACK <= issued <= SLACK
        and -MAX_AGE - SLACK <= signed_in <= SLACK
    )  # fmt: skip
    assert (refusal(claims, EXPECTED, NOW) is None) is good
