"""Proving who one is: the page with the exact text, and what the card app fetches and hands in."""

import base64
import binascii
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

from madoguchi.contracts.vocabulary import RequestId
from madoguchi.web.problems import Problem
from request_intake import handlers
from request_intake.domain.status import StatusCode, status
from request_intake.domain.step import NotNow
from request_intake.pages.door import Visit, Visiting

router = APIRouter(prefix="/r/{token}", include_in_schema=False)

LARGEST_CMS = 16 * 1024
"""Characters of base64; a signature with its certificate is about 4,000."""
_BASE64 = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$"
"""Said in the API's document; read by the standard library, which says no more kindly."""


class Evidence(BaseModel):
    """A signature made with the card."""

    model_config = ConfigDict(extra="forbid")

    challenge_id: Annotated[str, StringConstraints(pattern=r"^chl_[0-9a-f]{32}$")]
    cms: Annotated[
        str,
        Field(
            min_length=1,
            max_length=LARGEST_CMS,
            json_schema_extra={"contentEncoding": "base64", "pattern": _BASE64},
        ),
    ]
    """Detached CMS SignedData over the UTF-8 bytes of the text: DER, base64 (RFC 4648 §4)."""

    @field_validator("cms")
    @classmethod
    def _base64(cls, cms: str) -> str:
        try:
            base64.b64decode(cms, validate=True)
        except (binascii.Error, ValueError):
            raise PydanticCustomError("base64", "expected base64 (RFC 4648 section 4)") from None
        return cms


class TextToSign(BaseModel):
    """What the card app needs."""

    request_id: RequestId
    challenge_id: str
    text: str
    nonce: str
    expires_at: datetime
    return_url: str
    submit_url: str


class Taken(BaseModel):
    """The evidence was stored."""

    request_id: RequestId
    status: StatusCode


@router.get("/prove", response_model=None)
async def prove_page(visit: Visiting) -> Response:
    """The exact text, the way to the card app, and the ways without the card."""
    try:
        challenge = await handlers.text_to_sign(visit.deps, visit.state.request_id)
    except NotNow as error:
        return visit.render("prove.html", challenge=None, code=error.code, card_app=None)
    app = visit.town.jpki.card_app_url
    query = urlencode({"challenge": visit.url("challenge"), "return": visit.url(), "locale": visit.language.value})
    joint = "&" if app is not None and app.query else "?"
    return visit.render("prove.html", challenge=challenge, card_app=None if app is None else f"{app}{joint}{query}")


@router.get("/challenge")
async def challenge(visit: Visiting) -> TextToSign:
    """For the card app: the text to sign and where to send the signature."""
    try:
        current = await handlers.text_to_sign(visit.deps, visit.state.request_id)
    except NotNow as error:
        raise _told(visit, error) from None
    return TextToSign(
        request_id=visit.state.request_id,
        challenge_id=current.id,
        text=current.text,
        nonce=current.nonce,
        expires_at=current.expires_at,
        return_url=visit.url(),
        submit_url=visit.url("evidence"),
    )


@router.post("/evidence", status_code=202)
async def evidence(visit: Visiting, body: Evidence) -> Taken:
    """From the card app: the signature. It must be JSON, which no other site's form can send."""
    try:
        after = await handlers.hand_in(visit.deps, visit.state.request_id, body.challenge_id, body.cms)
    except NotNow as error:
        raise _told(visit, error) from None
    return Taken(request_id=after.request_id, status=status(after, visit.deps.clock()).code)


def _told(visit: Visit, error: NotNow) -> Problem:
    """The card app shows the title to the resident, so it is in their language."""
    return Problem(409, error.code, visit.words(f"sorry.{error.code}"))
