"""Token buckets: so many at once, then evenly; every answer says what is left."""

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.web import rate_limit
from madoguchi.web.rate_limit import Bucket, Rate, RateLimit, client_address, take

RATE = Rate("api", quota=3, window=6, prefix="/v1")


def test_a_burst_up_to_the_quota_then_one_every_two_seconds() -> None:
    bucket, waits = None, []
    for _ in range(5):
        taken = take(bucket, RATE, 100.0)
        bucket = taken.bucket
        waits.append((taken.wait, taken.remaining, taken.reset))
    assert waits == [(0, 2, 2), (0, 1, 4), (0, 0, 6), (2, 0, 6), (2, 0, 6)]
    assert take(bucket, RATE, 101.0).wait == 1
    assert take(bucket, RATE, 102.0).wait == 0
    assert take(bucket, RATE, 1000.0).remaining == 2


@given(st.integers(1, 50), st.integers(1, 100), st.lists(st.floats(0, 5, allow_nan=False), min_size=1, max_size=60))
def test_never_more_than_quota_plus_refill(quota: int, window: int, gaps: list[float]) -> None:
    rate, now, bucket, passed = Rate("r", quota, window), 0.0, None, 0
    for gap in gaps:
        now += gap
        taken = take(bucket, rate, now)
        bucket = taken.bucket
        passed += taken.wait == 0
        assert 0 <= taken.remaining <= quota
        assert 0 <= bucket.tokens <= quota
    assert passed <= quota + now * quota / window + 1e-6


@given(st.floats(0, 1, exclude_max=True), st.integers(1, 50), st.integers(1, 100))
def test_after_the_wait_there_is_a_token(tokens: float, quota: int, window: int) -> None:
    rate = Rate("r", quota, window)
    taken = take(Bucket(tokens, 0.0), rate, 0.0)
    assert taken.wait >= 1
    assert take(taken.bucket, rate, taken.wait + 1e-6).wait == 0


def test_a_clock_that_steps_back_gives_nothing_away() -> None:
    assert take(Bucket(0.0, 100.0), RATE, 50.0).wait > 0


@pytest.mark.parametrize(
    ("client", "who"),
    [
        (("192.0.2.7", 1), "192.0.2.7"),
        (("2001:db8:1:2:3:4:5:6", 1), "2001:db8:1:2::/64"),
        (("testclient", 1), "testclient"),
        (None, "unknown"),
    ],
)
def test_a_caller_without_key_is_its_address(client: tuple[str, int] | None, who: str) -> None:
    assert client_address({"type": "http", "client": client}) == who


def _app(clock: list[float]) -> FastAPI:
    app = FastAPI()
    app.add_middleware(
        RateLimit,
        rates=(RATE,),
        who=lambda scope: dict(scope["headers"]).get(b"x-who", b"").decode(),
        clock=lambda: clock[0],
    )

    @app.get("/v1/catalogue")
    @app.get("/health/live")
    async def ok() -> str:
        return "ok"

    return app


async def test_answers_say_what_is_left_and_when_to_come_back() -> None:
    clock = [0.0]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(_app(clock)), base_url="http://test") as client:
        for left in (2, 1, 0):
            answer = await client.get("/v1/catalogue")
            assert answer.status_code == 200
            assert answer.headers["ratelimit-policy"] == '"api";q=3;w=6'
            assert answer.headers["ratelimit"].startswith(f'"api";r={left};t=')
        answer = await client.get("/v1/catalogue")
        assert answer.status_code == 429
        assert answer.headers["retry-after"] == "2"
        assert answer.headers["ratelimit"] == '"api";r=0;t=6'
        assert answer.json()["code"] == "too_many_requests"
        assert (await client.get("/v1/catalogue", headers={"x-who": "another"})).status_code == 200
        unlimited = await client.get("/health/live")
        assert unlimited.status_code == 200
        assert "ratelimit" not in unlimited.headers
        clock[0] = 2.0
        assert (await client.get("/v1/catalogue")).status_code == 200


async def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "MOST_BUCKETS", 10)
    limit = RateLimit(FastAPI(), (RATE,))
    for n in range(50):
        limit._take(RATE, ("api", str(n)))
    assert len(limit._buckets) == 10
