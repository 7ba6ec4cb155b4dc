"""The Messaging API, second half: profiles, followers, quota, and the pictures residents sent."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from starlette.responses import JSONResponse

from madoguchi_sandbox.line.access import Authenticated
from madoguchi_sandbox.line.errors import LineError

router = APIRouter(prefix="/v2/bot")


@router.get("/profile/{user_id}")
async def profile(user_id: str, call: Authenticated) -> dict[str, Any]:
    """Name and language of a follower."""
    user = call.channel.memory.users.get(user_id)
    if user is None or not user.reachable:
        raise LineError(404, "Not found")
    return {"userId": user_id, "displayName": user.display_name, "language": user.language}


@router.get("/followers/ids")
async def followers(
    call: Authenticated,
    start: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 300,
) -> dict[str, Any]:
    """Who has added the account, page by page."""
    everyone = call.channel.reachable(list(call.channel.memory.users))
    more = {"next": str(start + limit)} if start + limit < len(everyone) else {}
    return {"userIds": everyone[start : start + limit], **more}


@router.get("/info")
async def info(call: Authenticated) -> dict[str, Any]:
    """The account itself."""
    account = call.channel.account
    own = {"userId": account.bot_user_id, "displayName": account.name, "basicId": "@sandbox"}
    return {**own, "chatMode": "bot", "markAsReadMode": "auto"}


@router.get("/message/quota")
async def quota(call: Authenticated) -> dict[str, Any]:
    """How many messages a month."""
    value = call.channel.memory.quota
    return {"type": "none"} if value is None else {"type": "limited", "value": value}


@router.get("/message/quota/consumption")
async def consumption(call: Authenticated) -> dict[str, Any]:
    """How many of them are gone."""
    return {"totalUsage": call.channel.consumed(call.now)}


@router.get("/message/{message_id}/content")
@router.get("/message/{message_id}/content/preview")
async def content(message_id: str, call: Authenticated) -> Response:
    """A picture's bytes: 404 when unknown, 410 when its sender took it back."""
    data, kind = call.channel.content(message_id)
    return Response(data, media_type=kind)


@router.get("/message/{message_id}/content/transcoding")
async def transcoding(message_id: str, call: Authenticated) -> JSONResponse:
    """Pictures need no preparation."""
    call.channel.content(message_id)
    return JSONResponse({"status": "succeeded"})
