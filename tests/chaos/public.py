"""Asking the town, by its public pages, what it knows of each request: its status, and who looked."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from tenacity import AsyncRetrying, RetryCallState, retry_if_result, stop_after_delay

_BUSY = 429


@dataclass(frozen=True, slots=True)
class Look:
    """One record of an access log."""

    sequence: int
    actor: str
    purpose: str
    previous: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """What the public page of a request said. `code`: HTTP status, None without an answer. `looks`: None when the
    access log could not be read."""

    code: int | None
    status: str = ""
    looks: tuple[Look, ...] | None = None

    @property
    def known(self) -> bool:
        """Whether the town knows the request."""
        return self.code == httpx.codes.OK

    @property
    def unknown(self) -> bool:
        """Whether the town says that it does not."""
        return self.code in (httpx.codes.NOT_FOUND, httpx.codes.GONE)


@dataclass(frozen=True, slots=True)
class Asking:
    """How the pages are asked: so many at a time, each again for so many seconds while the answer is no answer.

    A page says no more than `PAGE_RATE_PER_MINUTE` allows one address; who audits thousands of requests sets it high.
    """

    side_by_side: int = 16
    patience: float = 60.0


async def asked(addresses: Mapping[str, str], asking: Asking) -> dict[str, Page]:
    """The page of each request, by request id. `addresses`: request id → status page."""
    gate = asyncio.Semaphore(asking.side_by_side)
    async with httpx.AsyncClient(timeout=30) as http:

        async def one(url: str) -> Page:
            async with gate:
                return await _page(http, url, asking.patience)

        pages = await asyncio.gather(*(one(url) for url in addresses.values()))
    return dict(zip(addresses, pages, strict=True))


async def _page(http: httpx.AsyncClient, url: str, patience: float) -> Page:
    state = await _answer(http, f"{url}/state", patience)
    if state is None or not state.is_success:
        return Page(None if state is None else state.status_code)
    log = await _answer(http, f"{url}/access-log.json", patience)
    looks = looks_of(log.json()) if log is not None and log.is_success else None
    return Page(state.status_code, str(state.json()["status"]), looks)


def looks_of(log: dict[str, Any]) -> tuple[Look, ...]:
    """The records of an access log, oldest first."""
    names = ("sequence", "actor", "purpose", "previous", "digest")
    return tuple(Look(**{name: look[name] for name in names}) for look in log["looks"])


async def _answer(http: httpx.AsyncClient, url: str, patience: float) -> httpx.Response | None:
    """An answer that will not change by asking again, or the last one there was; None when nobody answered."""

    async def get() -> httpx.Response | None:
        try:
            return await http.get(url)
        except httpx.TransportError:
            return None

    retrying = AsyncRetrying(
        retry=retry_if_result(_no_answer),
        wait=_pause,
        stop=stop_after_delay(patience),
        retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
    )
    answer: httpx.Response | None = await retrying(get)
    return answer


def _no_answer(answer: httpx.Response | None) -> bool:
    return answer is None or answer.status_code == _BUSY or answer.is_server_error


def _pause(state: RetryCallState) -> float:
    """Seconds: as long as the server asks for, else a moment."""
    answer = state.outcome.result() if state.outcome else None
    asked_for = answer.headers.get("retry-after", "") if answer is not None else ""
    return float(asked_for) if asked_for.isdigit() else 0.5
