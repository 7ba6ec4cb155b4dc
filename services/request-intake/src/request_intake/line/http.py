"""LINE's webhook: signature over the raw body, every event saved, then 200. Doing and answering come afterwards."""

from dataclasses import dataclass
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Request, Response

from madoguchi.policy.models import Municipality
from madoguchi.web.problems import Problem
from request_intake.line.desk import Desk
from request_intake.line.events import WebhookInvalid, read, signature_holds

log = structlog.get_logger("request_intake")
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True, repr=False)
class LineDoor:
    """What the webhook works with."""

    desk: Desk
    towns: dict[str, Municipality]
    secrets: dict[str, tuple[bytes, ...]]
    """Channel secrets by municipality; each is accepted."""


async def door_of(request: Request) -> LineDoor:
    """The door that `main` put into the app."""
    door: LineDoor = request.app.state.line
    return door


@router.post("/line/webhook/{municipality}")
async def webhook(municipality: str, request: Request, door: Annotated[LineDoor, Depends(door_of)]) -> Response:
    """Take every event of the call. LINE repeats the call unless it is answered 200 within two seconds."""
    town, secrets = door.towns.get(municipality), door.secrets.get(municipality)
    if town is None or secrets is None:
        raise Problem(404, "unknown_channel", "There is no LINE channel of that municipality here.")
    body = await request.body()
    if not signature_holds(secrets, body, request.headers.get("x-line-signature", "")):
        raise Problem(
            401,
            "bad_signature",
            "The signature does not belong to this body.",
            what_to_do="Sign the raw body with the channel secret (HMAC-SHA256, base64) in x-line-signature.",
        )
    try:
        events = read(body)
    except WebhookInvalid:
        raise Problem(400, "bad_webhook", "The body is not a LINE webhook.") from None
    for heard in events:
        await door.desk.hear(town, heard)
    log.info("webhook_taken", municipality=municipality, events=len(events))
    return Response(status_code=200)
