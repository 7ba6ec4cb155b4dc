"""The Messaging API, first half: what makes a message arrive. Paths, statuses and bodies as LINE's OpenAPI has them."""

import asyncio
import re
from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse

from madoguchi_sandbox.line.access import Authenticated, Call
from madoguchi_sandbox.line.errors import Detail, LineError, invalid_body
from madoguchi_sandbox.line.limits import check_messages

MOST_RECIPIENTS = 500
_USER_ID = re.compile(r"U[0-9a-f]{32}")
_VALIDATED = ("push", "reply", "multicast", "narrowcast", "broadcast")

router = APIRouter(prefix="/v2/bot")


@router.post("/message/push")
async def push(call: Authenticated) -> JSONResponse:
    """Send to one user at any time."""
    body = await _begin(call, "push")
    to = body.get("to")
    if not isinstance(to, str) or not _USER_ID.fullmatch(to):
        raise _invalid_property("to")
    _check(body)
    if to not in call.channel.memory.users:
        raise LineError(400, "Failed to send messages")
    return await _send(call, "push", body, [to])


@router.post("/message/multicast")
async def multicast(call: Authenticated) -> JSONResponse:
    """Send the same to up to 500 users."""
    body = await _begin(call, "multicast")
    to = body.get("to")
    if not isinstance(to, list) or not 1 <= len(to) <= MOST_RECIPIENTS:
        raise invalid_body([Detail(f"Size must be between 1 and {MOST_RECIPIENTS}", "to")])
    if not all(isinstance(user, str) and _USER_ID.fullmatch(user) for user in to):
        raise _invalid_property("to")
    _check(body)
    return await _send(call, "multicast", body, list(dict.fromkeys(to)))


@router.post("/message/reply")
async def reply(call: Authenticated) -> JSONResponse:
    """Answer an event by its reply token. A retry key is not possible here, as at LINE."""
    if call.retry_key is not None:
        raise LineError(400, "The 'X-Line-Retry-Key' header is not supported by this API")
    body = await _begin(call, "reply")
    _check(body)
    user = call.channel.spend_reply_token(body.get("replyToken"), call.now)
    return await _send(call, "reply", body, [user])


@router.post("/message/validate/{kind}")
async def validate(kind: str, call: Authenticated) -> JSONResponse:
    """Check messages without sending them."""
    if kind not in _VALIDATED:
        raise LineError(404, "Not found")
    _check(await call.body())
    return JSONResponse({})


@router.post("/chat/loading/start")
async def loading(call: Authenticated) -> JSONResponse:
    """Show that an answer is on its way."""
    body = await call.body()
    seconds = body.get("loadingSeconds", 20)
    if body.get("chatId") not in call.channel.memory.users:
        raise _invalid_property("chatId")
    if not isinstance(seconds, int) or seconds % 5 or not 5 <= seconds <= 60:
        raise _invalid_property("loadingSeconds")
    return JSONResponse({}, 202)


def _invalid_property(name: str) -> LineError:
    return LineError(400, f"The property, '{name}', in the request body is invalid (line: -, column: -)")


async def _begin(call: Call, endpoint: str) -> dict[str, Any]:
    """What comes before a message is looked at: rate, body, retry key."""
    call.channel.meet_rate(endpoint, call.now)
    body = await call.body()
    call.channel.meet_retry_key(call.retry_key, call.id, call.now)
    return body


def _check(body: dict[str, Any]) -> None:
    if found := check_messages(body.get("messages")):
        raise invalid_body(found)


async def _send(call: Call, how: str, body: dict[str, Any], to: list[str]) -> JSONResponse:
    """Accept, and answer; or accept and keep silent for so long that the bot gives up waiting."""
    channel = call.channel
    if how != "reply":
        channel.meet_quota(len(channel.reachable(to)), call.now)
    sent = channel.accept(
        how,
        body["messages"],
        to,
        request_id=call.id,
        retry_key=call.retry_key,
        reply_token=body.get("replyToken", ""),
    )
    if silent := channel.faults.strike("timeout_after_success"):
        await asyncio.sleep(silent.seconds)
        raise LineError(500, "Internal Server Error")
    return JSONResponse({} if how == "multicast" else {"sentMessages": sent})
