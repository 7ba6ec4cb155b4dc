"""LINE push: a flex message, once. The retry key is derived from the notice, so a repeat is answered 409 (done)."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientError
from linebot.v3 import messaging
from linebot.v3.messaging import ApiException, AsyncApiClient, AsyncMessagingApi, Configuration

from madoguchi.contracts.personal import Contact
from notify.domain.model import Outcome
from notify.ports import Message

TIMEOUT_SECONDS = 10.0
MOST_ALT_TEXT = 400
MOST_LABEL = 20
PICTURE_RATIO = "20:13"
_MENDABLE = (401, 403, 429)
"""Slow down, or our own set-up: an operator can renew a token within the day that we go on trying."""
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "line-notices.madoguchi.invalid")


class LinePush:
    """The Messaging API of one town's channel."""

    def __init__(self, api: AsyncMessagingApi, patience: float = TIMEOUT_SECONDS) -> None:
        self._api = api
        self._patience = patience

    async def send(self, contact: Contact, message: Message) -> Outcome:
        """Push `message`; never raises for what LINE answers."""
        if contact.line_user_id is None:
            return Outcome(verdict="no_address", code="no_address")
        try:
            if await self._blocked(contact.line_user_id):
                return Outcome(verdict="refused", code="blocked")
            request = messaging.PushMessageRequest(to=contact.line_user_id, messages=[flex(message)])
            key = str(uuid.uuid5(_NAMESPACE, message.notice_id))
            answer = await self._api.push_message_with_http_info(
                request, x_line_retry_key=key, _request_timeout=self._patience
            )
        except ApiException as error:
            return refusal(error)
        except (ClientError, TimeoutError, OSError) as error:
            return Outcome(verdict="retry", code=type(error).__name__)
        return Outcome(verdict="accepted", code="200", provider_id=_request_id(answer.headers))

    async def _blocked(self, user_id: str) -> bool:
        """A push to someone who blocked the account is answered 200 and lost; their profile is answered 404."""
        try:
            await self._api.get_profile(user_id, _request_timeout=self._patience)
        except ApiException as error:
            if error.status == 404:
                return True
            raise
        return False


def refusal(error: ApiException) -> Outcome:
    """What an error answer of LINE means (Messaging API, retrying a request; status codes)."""
    headers = error.headers or {}
    if error.status == 409:
        return Outcome(verdict="accepted", code="409", provider_id=headers.get("x-line-accepted-request-id", ""))
    if error.status == 429 and "monthly limit" in str(error.body):
        return Outcome(verdict="quota_exhausted", code="429 monthly limit")
    if error.status in _MENDABLE or error.status >= 500:
        wait = headers.get("retry-after", "")
        return Outcome(verdict="retry", code=str(error.status), retry_after=float(wait) if wait.isdigit() else None)
    return Outcome(verdict="refused", code=str(error.status), provider_id=_request_id(headers))


def _request_id(headers: dict[str, str] | None) -> str:
    return (headers or {}).get("x-line-request-id", "")


def flex(message: Message) -> messaging.FlexMessage:
    """The message as one bubble: picture, title, text, phrase, buttons."""
    contents = [
        messaging.FlexText(text=message.title, weight="bold", size="lg", wrap=True),
        messaging.FlexText(text=message.text, wrap=True),
        messaging.FlexText(text=message.phrase, size="sm", color="#555555", wrap=True),
    ]
    buttons = [
        messaging.FlexButton(
            style="secondary" if position else "primary",
            action=messaging.URIAction(label=button.label[:MOST_LABEL], uri=button.url),
        )
        for position, button in enumerate(message.buttons)
    ]
    hero = None
    if message.picture is not None:
        hero = messaging.FlexImage(url=message.picture, size="full", aspectRatio=PICTURE_RATIO, aspectMode="cover")
    body = messaging.FlexBox(layout="vertical", spacing="md", contents=contents)
    footer = messaging.FlexBox(layout="vertical", spacing="sm", contents=buttons) if buttons else None
    bubble = messaging.FlexBubble(hero=hero, body=body, footer=footer)
    alternative = f"{message.title} {message.phrase}"
    return messaging.FlexMessage(altText=alternative[:MOST_ALT_TEXT], contents=bubble)


@asynccontextmanager
async def line_push(api_url: str, access_token: str, patience: float = TIMEOUT_SECONDS) -> AsyncIterator[LinePush]:
    """A town's channel; closes its connections. `patience`: seconds for each call."""
    async with AsyncApiClient(Configuration(host=api_url.rstrip("/"), access_token=access_token)) as client:
        yield LinePush(AsyncMessagingApi(client), patience)
