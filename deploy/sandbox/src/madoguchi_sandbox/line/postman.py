"""Brings webhook events to a bot: signed, within two seconds, again when it did not say 2xx; and wrongly, on demand."""

import asyncio
import base64
import hashlib
import hmac
import json
import random
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from tenacity import AsyncRetrying, retry_if_result, stop_after_delay, wait_exponential
from tenacity.stop import stop_base

from madoguchi.service.clock import Clock
from madoguchi_sandbox.line.channel import Channel
from madoguchi_sandbox.line.model import Json, Pending

ANSWER_WITHIN = 2.0
"""Seconds; after that LINE counts the call as failed, though the bot may have had it."""
AT_ONCE = 64
"""Calls under way. More would wait for a connection, with their two seconds running, and after a bot's absence none
would get through any more."""
REDELIVER_FOR = 20 * 60.0
"""Seconds. LINE says neither how often nor how long; the reply token is dead after this."""


@dataclass(slots=True)
class Call:
    """One HTTP call with its events, however often it is made."""

    events: list[Json]
    user_id: str | None
    attempts: int = 0


def signature(secret: str, body: bytes) -> str:
    """`x-line-signature`: base64 of HMAC-SHA256 over the raw body."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


class Postman:
    """Delivers for one account. Events of one user are first tried in order; redeliveries come when they come."""

    def __init__(self, channel: Channel, client: httpx.AsyncClient, clock: Clock) -> None:
        self._channel = channel
        self._client = client
        self._clock = clock
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._order: dict[str, asyncio.Lock] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, events: Sequence[Json], user_id: str | None, *, shuffled: bool = False) -> None:
        """Deliver these events in one call, in the background. `user_id`: the one user they are of, if it is one."""
        batch = list(events)
        if shuffled:
            random.shuffle(batch)
        self._start(self._deliver(Call(batch, user_id)))

    def resume(self) -> None:
        """Deliver again what an earlier run could not."""
        waiting: list[Pending] = list(self._channel.memory.pending.values())
        for one in waiting:
            self._start(self._deliver(Call([one.event], one.user_id, attempts=1)))

    async def probe(self) -> int | None:
        """LINE's connectivity check: a signed call without events. Returns the status, None when unreachable."""
        _, status = await self._post([])
        return status

    async def close(self) -> None:
        """Stop delivering; what is pending is delivered by the next run."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, call: Call) -> None:
        ids = [event["webhookEventId"] for event in call.events]
        if late := self._channel.faults.strike("late"):
            await asyncio.sleep(late.seconds)
            delivered = await self._first(call)
        else:
            async with self._order.setdefault(call.user_id or ids[0], asyncio.Lock()):
                delivered = await self._first(call)
        if not delivered and self._channel.redelivery:
            delivered = await self._again(call)
        if not delivered:
            self._channel.record("given_up", events=ids)

    async def _first(self, call: Call) -> bool:
        if self._channel.faults.strike("duplicate"):
            copy = Call(call.events, call.user_id, call.attempts)
            call.attempts += 1
            return any(await asyncio.gather(self._attempt(copy), self._attempt(copy)))
        return await self._attempt(call)

    async def _again(self, call: Call) -> bool:
        stop: stop_base = stop_after_delay(REDELIVER_FOR)
        wait = wait_exponential(multiplier=0.5, max=10)
        await asyncio.sleep(0.5)
        retrying = AsyncRetrying(
            retry=retry_if_result(lambda done: not done), wait=wait, stop=stop, retry_error_callback=lambda _: False
        )
        return bool(await retrying(self._attempt, call))

    async def _attempt(self, call: Call) -> bool:
        redelivery = call.attempts > 0
        call.attempts += 1
        for event in call.events:
            token = self._channel.memory.tokens.get(event.get("replyToken", ""))
            if token is not None:
                token.delivered_at = self._clock()
        events = [{**event, "deliveryContext": {"isRedelivery": redelivery}} for event in call.events]
        begun = time.monotonic()
        dropped = self._channel.faults.strike("drop") is not None
        outcome, status = ("dropped", None) if dropped else await self._post(events)
        self._channel.record(
            "webhook",
            events=[event["webhookEventId"] for event in events],
            redelivery=redelivery,
            outcome=outcome,
            status=status,
            ms=round((time.monotonic() - begun) * 1000),
        )
        return outcome == "ok"

    async def _post(self, events: list[Json]) -> tuple[str, int | None]:
        """One signed call: LINE's word for the outcome, and the status."""
        account = self._channel.account
        body = json.dumps({"destination": account.bot_user_id, "events": events}, ensure_ascii=False).encode()
        headers = {
            "content-type": "application/json; charset=utf-8",
            "user-agent": "LineBotWebhook/2.0",
            "x-line-signature": signature(account.secret, body),
        }
        try:
            async with self._turns, asyncio.timeout(ANSWER_WITHIN):
                answer = await self._client.post(account.webhook_url, content=body, headers=headers, timeout=None)
        except TimeoutError:
            return "request_timeout", None
        except httpx.HTTPError:
            return "could_not_connect", None
        return ("ok" if answer.is_success else "error_status_code"), answer.status_code
