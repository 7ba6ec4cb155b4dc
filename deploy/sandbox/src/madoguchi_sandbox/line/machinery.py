"""Faults, settings and figures of the chat platform, at `/line/_control`."""

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from madoguchi_sandbox.faults import Fault
from madoguchi_sandbox.line.access import OfTown, ThePlatform
from madoguchi_sandbox.line.model import Json

router = APIRouter(prefix="/_control", tags=["control"])


class Settings(BaseModel):
    """What can be set; what is missing stays as it is."""

    model_config = ConfigDict(extra="forbid")

    redelivery: bool | None = None
    requests_per_second: int | None = Field(default=None, ge=1)


class Quota(BaseModel):
    """Messages a month; null for no limit."""

    model_config = ConfigDict(extra="forbid")

    value: int | None = Field(ge=0)


@router.post("/faults", status_code=202)
async def arm(fault: Fault, channel: OfTown) -> Json:
    """Let something go wrong from now on."""
    try:
        channel.faults.arm(fault)
    except ValueError as error:
        raise HTTPException(422, str(error)) from None
    return {"armed": [one.model_dump() for one in channel.faults.armed]}


@router.get("/faults")
async def armed(channel: OfTown) -> Json:
    """What is armed, and what could be."""
    return {"armed": [one.model_dump() for one in channel.faults.armed], "known": list(channel.faults.known)}


@router.delete("/faults", status_code=204)
async def disarm(channel: OfTown) -> None:
    """All is well again."""
    channel.faults.clear()


@router.put("/quota")
async def set_quota(quota: Quota, channel: OfTown, platform: ThePlatform) -> Json:
    """The month's messages."""
    channel.record("quota", value=quota.value)
    return {"value": channel.memory.quota, "consumed": channel.consumed(platform.clock())}


@router.put("/settings")
async def set_settings(wanted: Settings, channel: OfTown) -> Json:
    """Redelivery on or off (LINE's own default is off; here it is on), and the rate limit."""
    if wanted.redelivery is not None:
        channel.redelivery = wanted.redelivery
    if wanted.requests_per_second is not None:
        channel.requests_per_second = wanted.requests_per_second
    return {"redelivery": channel.redelivery, "requests_per_second": channel.requests_per_second}


@router.get("/statistics")
async def statistics(channel: OfTown) -> Json:
    """What was accepted, refused, delivered and acknowledged."""
    return channel.statistics()


@router.post("/probe")
async def probe(channel: OfTown, platform: ThePlatform) -> Json:
    """Call the webhook without events, as LINE's console does to verify it."""
    status = await platform.postmen[channel.account.municipality].probe()
    return {"success": status is not None and 200 <= status < 300, "status": status}
