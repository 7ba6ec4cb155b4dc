"""The pages below `/r/{token}`: GET shows, POST acts and leads back to the status page."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.encoders import jsonable_encoder
from starlette.responses import JSONResponse, RedirectResponse, Response

from madoguchi.contracts.vocabulary import OtherWay
from request_intake import handlers
from request_intake.domain.status import Action
from request_intake.domain.step import NotNow
from request_intake.handlers import NotOffered
from request_intake.pages.door import Visit, Visiting, own_form
from request_intake.ports import ProviderAway

router = APIRouter(prefix="/r/{token}", include_in_schema=False)
OWN_FORM = [Depends(own_form)]


def _back(visit: Visit) -> Response:
    return RedirectResponse(visit.path(), 303)


@router.get("")
async def status_page(visit: Visiting) -> Response:
    """Where the request is, and what to do next."""
    status = visit.status
    download = visit.deps.links.download_url(visit.state) if Action.DOWNLOAD in status.actions else None
    return visit.render("status.html", status=status, download=download, mark=mark(visit))


@router.get("/state")
async def state(visit: Visiting) -> Response:
    """What the page's script compares, to know when to load the page again; and the status code, for machines."""
    return JSONResponse({"mark": mark(visit), "status": visit.status.code})


def mark(visit: Visit) -> str:
    """Changes when the page would look different."""
    status = visit.status
    asked = status.question.id if status.question else status.answered
    steps = (progress for _, progress in status.steps)
    parts = (status.code, status.refund, status.late, status.deadline, asked, *steps, *status.actions)
    return hashlib.sha256("|".join(str(part) for part in parts).encode()).hexdigest()[:16]


@router.get("/pay")
async def pay(visit: Visiting) -> Response:
    """On to the provider's payment page, the same one each time."""
    try:
        url = await handlers.payment_page(visit.deps, visit.state.request_id)
    except (NotNow, ProviderAway) as error:
        return visit.sorry(error)
    return RedirectResponse(url, 303)


@router.get("/paid")
async def paid(visit: Visiting) -> Response:
    """Back from the provider's page, paid or not."""
    await handlers.back_from_payment(visit.deps, visit.state.request_id)
    return _back(visit)


@router.get("/cancel")
async def cancel_page(visit: Visiting) -> Response:
    """Ask before taking the request back."""
    return visit.render("cancel.html") if Action.CANCEL in visit.status.actions else _back(visit)


@router.post("/cancel", dependencies=OWN_FORM)
async def cancel(visit: Visiting) -> Response:
    """Take the request back."""
    try:
        await handlers.cancel(visit.deps, visit.state.request_id)
    except NotNow as error:
        return visit.sorry(error)
    return _back(visit)


@router.get("/other-way")
async def other_way_page(visit: Visiting) -> Response:
    """The ways without card and chat."""
    return visit.render("other-way.html", possible=Action.OTHER_WAY in visit.status.actions)


@router.post("/other-way", dependencies=OWN_FORM)
async def other_way(visit: Visiting, way: Annotated[OtherWay, Form()]) -> Response:
    """Go on at the counter or by post."""
    try:
        await handlers.choose_other_way(visit.deps, visit.state.request_id, way)
    except NotNow as error:
        return visit.sorry(error)
    except NotOffered:
        return visit.sorry(NotNow("not_offered"))
    return _back(visit)


@router.get("/consent")
async def consent_page(visit: Visiting) -> Response:
    """What is shared with whom, for what, until when."""
    ended, terms = visit.status.ended_at, visit.state.terms
    until = None if ended is None else ended + terms.retention
    return visit.render("consent.html", status=visit.status, until=until)


@router.post("/consent", dependencies=OWN_FORM)
async def revoke(visit: Visiting) -> Response:
    """Withdraw the consent."""
    await handlers.revoke_consent(visit.deps, visit.state.request_id)
    return RedirectResponse(visit.path("consent"), 303)


@router.get("/access-log")
async def access_log(visit: Visiting) -> Response:
    """Who looked at the data of this request."""
    records = await handlers.access_log(visit.deps, visit.state.request_id)
    return visit.render("access-log.html", records=records)


@router.get("/access-log.json")
async def access_log_file(visit: Visiting) -> Response:
    """The same to keep: the resident's own record of who looked."""
    records = await handlers.access_log(visit.deps, visit.state.request_id)
    looks = [{**jsonable_encoder(record), "words": visit.words.look(record)} for record in records]
    return JSONResponse({"request_id": visit.state.request_id, "looks": looks})
