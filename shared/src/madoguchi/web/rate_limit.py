"""Rate limits by token bucket, in this process: `RateLimit` and `RateLimit-Policy` as structured fields
(draft-ietf-httpapi-ratelimit-headers), and `Retry-After` with every 429.

Each process counts for itself: with n replicas a caller gets up to n times the quota.
"""

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from madoguchi.web.problems import Problem, answer

MOST_BUCKETS = 50_000


@dataclass(frozen=True, slots=True)
class Rate:
    """`quota` requests at once, refilled evenly over `window` seconds, below the path `prefix`."""

    name: str
    quota: int
    window: int
    prefix: str = "/"


@dataclass(frozen=True, slots=True)
class Bucket:
    """Tokens left at a moment (seconds of a monotonic clock)."""

    tokens: float
    at: float


@dataclass(frozen=True, slots=True)
class Taken:
    """What a request got: `wait` is 0 when it may pass, else the seconds until the next token."""

    bucket: Bucket
    wait: int
    remaining: int
    reset: int
    """Seconds until the bucket is full."""


def take(bucket: Bucket | None, rate: Rate, now: float) -> Taken:
    """Take a token, if there is one. Pure; None is a full bucket."""
    speed = rate.quota / rate.window
    before = bucket or Bucket(rate.quota, now)
    tokens = min(rate.quota, before.tokens + max(0.0, now - before.at) * speed)
    left = tokens - 1 if tokens >= 1 else tokens
    wait = 0 if tokens >= 1 else max(1, math.ceil((1 - tokens) / speed))
    return Taken(Bucket(left, now), wait, int(left), math.ceil((rate.quota - left) / speed))


def client_address(scope: Scope) -> str:
    """Who calls, without a key: the IPv4 address, or the /64 network of an IPv6 address (one household has that many).

    Behind a proxy, uvicorn's `proxy_headers` puts the right address into the scope.
    """
    host = (scope.get("client") or ("unknown", 0))[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return str(host)
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)


class RateLimit:
    """ASGI middleware. The first rate whose prefix fits counts; a path that fits none is not limited.

    `who` names the caller: a known API key's id, else the address. Never an unchecked header: whoever sends a new one
    with each request would get a new bucket each time.
    """

    def __init__(
        self,
        app: ASGIApp,
        rates: Sequence[Rate],
        who: Callable[[Scope], str] = client_address,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._rates = tuple(rates)
        self._who = who
        self._clock = clock
        self._buckets: OrderedDict[tuple[str, str], Bucket] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        rate = self._rate(scope)
        if rate is None:
            await self._app(scope, receive, send)
            return
        taken = self._take(rate, (rate.name, self._who(scope)))

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["RateLimit-Policy"] = f'"{rate.name}";q={rate.quota};w={rate.window}'
                headers["RateLimit"] = f'"{rate.name}";r={taken.remaining};t={taken.reset}'
            await send(message)

        if taken.wait:
            problem = Problem(429, headers={"Retry-After": str(taken.wait)})
            await answer(Request(scope, receive), problem)(scope, receive, with_headers)
        else:
            await self._app(scope, receive, with_headers)

    def _rate(self, scope: Scope) -> Rate | None:
        if scope["type"] != "http":
            return None
        return next((rate for rate in self._rates if scope["path"].startswith(rate.prefix)), None)

    def _take(self, rate: Rate, key: tuple[str, str]) -> Taken:
        taken = take(self._buckets.pop(key, None), rate, self._clock())
        self._buckets[key] = taken.bucket
        while len(self._buckets) > MOST_BUCKETS:
            self._buckets.popitem(last=False)  # the longest unused, most likely full again
        return taken
