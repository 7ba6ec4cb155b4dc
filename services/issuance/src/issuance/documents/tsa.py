"""Asking a time-stamp authority over HTTP (RFC 3161 §3.4)."""

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime

import httpx
from cryptography import x509
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from issuance.documents.timestamp import TimeStamp, answered, request

TIMEOUT = httpx.Timeout(5.0)
ATTEMPTS = 3
LARGEST_ANSWER = 65_536


class TimeStampUnavailable(ConnectionError):
    """The authority did not answer, also not on a second try: the consumer tries the event again later."""


class TimeStampClient:
    """Asks for time stamps. `nonce` makes a fresh number for each question."""

    def __init__(self, client: httpx.AsyncClient, nonce: Callable[[], int] = lambda: secrets.randbits(63)) -> None:
        self._client = client
        self._nonce = nonce

    async def stamp(self, url: str, digest: bytes, chain: Sequence[x509.Certificate], now: datetime) -> TimeStamp:
        """A checked time stamp over a SHA-256 `digest`. Raises `TimeStampUnavailable` and `TimeStampRejected`."""
        nonce = self._nonce()
        question = request(digest, nonce)
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(TimeStampUnavailable),
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.1, max=1.0),
            reraise=True,
        ):
            with attempt:
                answer = await self._ask(url, question)
        return answered(answer, digest, nonce, chain, now)

    async def _ask(self, url: str, question: bytes) -> bytes:
        headers = {"content-type": "application/timestamp-query"}
        try:
            async with self._client.stream(
                "POST", url, content=question, headers=headers, timeout=TIMEOUT, follow_redirects=False
            ) as response:
                if response.status_code != httpx.codes.OK:
                    raise TimeStampUnavailable(f"HTTP {response.status_code}")
                answer = b""
                async for part in response.aiter_bytes():
                    answer += part
                    if len(answer) > LARGEST_ANSWER:
                        raise TimeStampUnavailable("the answer is too long")
                return answer
        except httpx.HTTPError as error:
            raise TimeStampUnavailable(type(error).__name__) from None
