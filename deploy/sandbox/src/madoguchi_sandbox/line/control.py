"""The far side of the platform, mounted at `/line/_control`: play residents, make faults, look at what happened."""

from typing import Literal

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field

from madoguchi_sandbox.line import acts
from madoguchi_sandbox.line.access import OfTown, ThePlatform
from madoguchi_sandbox.line.channel import Channel
from madoguchi_sandbox.line.model import Json
from madoguchi_sandbox.line.platform import Platform

LARGEST_PICTURE = 10 * 1024 * 1024

router = APIRouter(prefix="/_control", tags=["control"])
"""No key is needed: the sandbox listens on loopback only and holds nobody's data."""


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewUser(_Body):
    """Who to register; without `follow` the account is not a friend yet and nothing is sent."""

    display_name: str = Field(min_length=1, max_length=20)
    language: str = "ja"
    user_id: str | None = Field(default=None, pattern=r"^U[0-9a-f]{32}$")
    follow: bool = True


class Act(_Body):
    """One thing a resident does; which fields count depends on `kind`."""

    kind: Literal["text", "postback", "sticker", "follow", "unfollow", "block", "unblock", "unsend"]
    text: str = ""
    data: str = Field(default="", max_length=300)
    display_text: str | None = None
    params: dict[str, str] | None = None
    package_id: str = "446"
    sticker_id: str = "1988"
    message_id: str = ""


class ActOf(Act):
    """The same, by a named user; for several in one webhook call."""

    user_id: str


class Batch(_Body):
    """Acts that reach the bot in one webhook call, shuffled if wished."""

    acts: list[ActOf] = Field(min_length=1, max_length=100)
    shuffle: bool = False


@router.get("/channels")
async def channels(platform: ThePlatform) -> list[Json]:
    """The towns' accounts."""
    return [
        {
            "municipality": code,
            "name": channel.account.name,
            "bot_user_id": channel.account.bot_user_id,
            "webhook_url": channel.account.webhook_url,
        }
        for code, channel in platform.channels.items()
    ]


@router.get("/users")
async def users(channel: OfTown) -> list[Json]:
    """Everybody the platform knows on this account."""
    return [user.public() for user in channel.memory.users.values()]


@router.post("/users", status_code=201)
async def register(new: NewUser, channel: OfTown, platform: ThePlatform) -> Json:
    """A new resident; with `follow` the bot is told at once."""
    user = acts.register(channel, new.user_id, new.display_name, new.language)
    if new.follow and not user.following:
        _announce(platform, channel, acts.follow(channel, user.user_id, platform.clock()))
    return user.public()


@router.get("/users/{user_id}/thread")
async def thread(user_id: str, channel: OfTown, after: int = 0) -> list[Json]:
    """Both directions in order; `after` leaves out what has a `seq` up to it."""
    if user_id not in channel.memory.threads:
        raise HTTPException(404, "no such user on this account")
    return channel.memory.threads[user_id][max(after, 0) :]


@router.post("/users/{user_id}/acts", status_code=202)
async def do(user_id: str, act: Act, channel: OfTown, platform: ThePlatform) -> Json:
    """Do something as this resident."""
    return _announce(platform, channel, _carry_out(platform, channel, user_id, act))


@router.post("/users/{user_id}/image", status_code=202)
async def picture(user_id: str, request: Request, channel: OfTown, platform: ThePlatform) -> Json:
    """Send the body as a picture."""
    data, kind = await request.body(), request.headers.get("content-type", "")
    if not data or len(data) > LARGEST_PICTURE or not kind.startswith("image/"):
        raise HTTPException(422, "send a picture of at most 10 MB as the body, with its media type")
    try:
        event = acts.picture(channel, user_id, platform.clock(), data, kind)
    except acts.NotPossible as error:
        raise HTTPException(409, str(error)) from None
    return _announce(platform, channel, event)


@router.post("/batch", status_code=202)
async def batch(wanted: Batch, channel: OfTown, platform: ThePlatform) -> Json:
    """Several acts, brought to the bot in one webhook call."""
    events = [_carry_out(platform, channel, act.user_id, act) for act in wanted.acts]
    who = {event["source"]["userId"] for event in events}
    only = who.pop() if len(who) == 1 else None
    platform.postmen[channel.account.municipality].take(events, only, shuffled=wanted.shuffle)
    return {"event_ids": [event["webhookEventId"] for event in events]}


def _announce(platform: Platform, channel: Channel, event: Json) -> Json:
    platform.postmen[channel.account.municipality].take([event], event["source"]["userId"])
    return {"event_id": event["webhookEventId"], "message_id": (event.get("message") or {}).get("id")}


def _carry_out(platform: Platform, channel: Channel, user_id: str, act: Act) -> Json:
    """The event an act makes. Answers 409 when the app would not allow it."""
    now = platform.clock()
    try:
        match act.kind:
            case "text":
                return acts.say(channel, user_id, now, act.text)
            case "postback":
                return acts.postback(channel, user_id, now, act.data, shown=act.display_text, params=act.params)
            case "sticker":
                return acts.sticker(channel, user_id, now, act.package_id, act.sticker_id)
            case "unsend":
                return acts.unsend(channel, user_id, now, act.message_id)
            case "follow" | "unblock":
                return acts.follow(channel, user_id, now)
            case "unfollow" | "block":
                return acts.unfollow(channel, user_id, now)
    except acts.NotPossible as error:
        raise HTTPException(409, str(error)) from None
