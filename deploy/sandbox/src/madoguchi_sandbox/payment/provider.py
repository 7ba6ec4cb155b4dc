"""The provider at work: its accounts, its books, its faults, and the webhooks it keeps sending until they are taken."""

import asyncio
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from tenacity import AsyncRetrying, retry_if_result, stop_after_delay, wait_exponential

from madoguchi.service.clock import Clock, utc_now
from madoguchi.web.standard_webhooks import sign
from madoguchi_sandbox.calling import Calls, direct
from madoguchi_sandbox.faults import Faults
from madoguchi_sandbox.payment.books import Books, Json, Refused

API_FAULTS = ("500", "timeout_after_success")
WEBHOOK_FAULTS = ("duplicate_webhook", "late_webhook", "drop_webhook")
ANSWER_WITHIN = 5.0
"""Seconds a receiver has."""
KEEP_TRYING = 24 * 3600.0
"""Seconds until a webhook is given up."""


@dataclass(frozen=True, slots=True)
class Account:
    """A town's account: what its secrets say."""

    municipality: str
    name: str
    api_key: str
    webhook_secret: str
    earlier_keys: tuple[str, ...] = ()
    """API keys that are still accepted."""

    def knows(self, key: str) -> bool:
        """Whether it is a key of this account."""
        return any(hmac.compare_digest(key.encode(), each.encode()) for each in (self.api_key, *self.earlier_keys))


class Provider:
    """All accounts over one set of books. `open` starts what runs in the background, `close` stops it."""

    def __init__(
        self,
        accounts: Sequence[Account],
        folder: Path,
        public_url: str,
        clock: Clock = utc_now,
        *,
        calls: Calls = direct,
    ) -> None:
        self.accounts = {account.municipality: account for account in accounts}
        self.books = Books.opened(folder, clock)
        self.faults = Faults((*API_FAULTS, *WEBHOOK_FAULTS))
        self.public_url = public_url.rstrip("/")
        self.clock = clock
        self._calls = calls
        self._client: httpx.AsyncClient | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def open(self) -> None:
        """Start delivering, with what an earlier run could not. Call inside a running event loop."""
        self._client = self._calls()
        for webhook_id, charge in self.books.unannounced.items():
            self._start(webhook_id, charge)

    async def close(self) -> None:
        """Stop delivering; what is left is delivered by the next run."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()

    def authenticated(self, authorization: str | None) -> Account:
        """The account an API key belongs to. Raises `Refused`."""
        scheme, _, key = (authorization or "").partition(" ")
        for account in self.accounts.values():
            if scheme.lower() == "bearer" and account.knows(key.strip()):
                return account
        raise Refused(401, "unauthorized", "send the API key as `Authorization: Bearer`")

    def pay(self, checkout_id: str) -> None:
        """A person pressed the button: charge once, announce it."""
        charge = self.books.pay(checkout_id)
        if charge is not None:
            self._start(f"evt_{charge['id']}", charge)

    def _start(self, webhook_id: str, charge: Json) -> None:
        task = asyncio.create_task(self._announce(webhook_id, charge))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _announce(self, webhook_id: str, charge: Json) -> None:
        if late := self.faults.strike("late_webhook"):
            await asyncio.sleep(late.seconds)
        twice = self.faults.strike("duplicate_webhook") is not None
        retrying = AsyncRetrying(
            retry=retry_if_result(lambda done: not done),
            wait=wait_exponential(multiplier=0.5, max=30),
            stop=stop_after_delay(KEEP_TRYING),
            retry_error_callback=lambda _: False,
        )
        taken: list[bool] = await asyncio.gather(
            *(retrying.copy()(self._attempt, webhook_id, charge) for _ in range(1 + twice))
        )
        if not any(taken):
            self.books.announced(webhook_id, outcome="given_up", status=None)

    async def _attempt(self, webhook_id: str, charge: Json) -> bool:
        checkout = self.books.checkouts[charge["checkout_id"]]
        body = _body(charge)
        secret = self.accounts[checkout.account].webhook_secret
        headers = {**sign(secret, webhook_id, self.clock(), body), "content-type": "application/json"}
        outcome, status = await self._post(checkout.webhook_url, body, headers)
        self.books.announced(webhook_id, outcome=outcome, status=status)
        return outcome == "ok"

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[str, int | None]:
        if self.faults.strike("drop_webhook"):
            return "dropped", None
        if self._client is None:
            raise RuntimeError("the provider is not open")
        try:
            answer = await self._client.post(url, content=body, headers=headers, timeout=ANSWER_WITHIN)
        except httpx.HTTPError as error:
            return type(error).__name__, None
        return ("ok" if answer.is_success else "error_status_code"), answer.status_code


def _body(charge: Json) -> bytes:
    data: dict[str, Any] = {name: charge[name] for name in ("checkout_id", "payment_id", "amount")}
    return json.dumps({"type": "checkout.paid", "data": {**data, "paid_at": charge["at"]}}).encode()
