"""Answers to LINE: by reply token, which is free and quick; by push when the token has run out."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from linebot.v3.messaging import ApiException, AsyncApiClient, AsyncMessagingApi, Configuration
from linebot.v3.messaging.models import Message, PushMessageRequest, ReplyMessageRequest

REPLY_TOKEN_LIVES = timedelta(seconds=60)
TIMEOUT_SECONDS = 10.0
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "line-answers.madoguchi.invalid")


class LineSender:
    """The Messaging API of one town's channel."""

    def __init__(self, api: AsyncMessagingApi) -> None:
        self._api = api

    async def reply(self, token: str, messages: list[dict[str, Any]], *, heard_at: datetime, now: datetime) -> bool:
        """Answer by reply token. True when LINE has the answer; False when only a push can bring it.

        A token refused within its life was spent by us just before (a crash or time-out hid the answer): that is a
        success. Raises `ApiException` (429, 5xx) and network errors, to be tried again.
        """
        if not token:
            return False
        request = ReplyMessageRequest(replyToken=token, messages=[_message(m) for m in messages])
        try:
            await self._api.reply_message(request, _request_timeout=TIMEOUT_SECONDS)
        except ApiException as error:
            if error.status != 400:
                raise
            return now - heard_at < REPLY_TOKEN_LIVES and "reply token" in str(error.body).lower() and heard_at <= now
        return True

    async def push(self, user_id: str, messages: list[dict[str, Any]], *, key: str) -> None:
        """Answer by push; `key` makes a repeat harmless (`X-Line-Retry-Key`, 409 means: already accepted)."""
        request = PushMessageRequest(to=user_id, messages=[_message(m) for m in messages])
        retry_key = str(uuid.uuid5(_NAMESPACE, key))
        try:
            await self._api.push_message(request, x_line_retry_key=retry_key, _request_timeout=TIMEOUT_SECONDS)
        except ApiException as error:
            if error.status != 409:
                raise


def _message(stored: dict[str, Any]) -> Message:
    message = Message.from_dict(stored)
    if message is None:
        raise ValueError("a stored message has no type")
    return message


@asynccontextmanager
async def line_sender(api_url: str, access_token: str) -> AsyncIterator[LineSender]:
    """A sender for one channel; closes its connections."""
    async with AsyncApiClient(Configuration(host=api_url.rstrip("/"), access_token=access_token)) as client:
        yield LineSender(AsyncMessagingApi(client))
