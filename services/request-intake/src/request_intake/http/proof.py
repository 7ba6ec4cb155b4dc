"""REST v1: proving who the resident is."""

from fastapi import APIRouter

from madoguchi.web.problems import responses
from request_intake import handlers
from request_intake.http import models as m
from request_intake.http import views
from request_intake.http.errors import DOCUMENTED
from request_intake.http.requests import JSON, Own, World
from request_intake.pages.proof import Evidence

router = APIRouter(prefix="/v1/requests/{request_id}", tags=["proof"], responses=responses(*DOCUMENTED))


@router.post("/challenges")
async def text_to_sign(deps: World, state: Own) -> m.ChallengeOut:
    """The text to sign now: the present one while it is good, else a new one with a new nonce."""
    return views.challenge(await handlers.text_to_sign(deps, state.request_id))


@router.post("/evidence", status_code=202, dependencies=JSON)
async def hand_in_evidence(deps: World, state: Own, body: Evidence) -> m.RequestOut:
    """Hand in the signature over the text of that challenge. It is stored, sealed, when the answer comes."""
    return views.request(deps, await handlers.hand_in(deps, state.request_id, body.challenge_id, body.cms))
