"""`/acts`: what staff did, for auditors; to read, to check, and to take along as JSON Lines."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response, StreamingResponse

from console.domain.acts import Act, ActsBroken, What
from console.domain.staff import Role, Staff
from console.handlers.deps import Deps
from console.http.site import AtDesk
from console.login.session import having, own_form

router = APIRouter(prefix="/acts", include_in_schema=False)
Auditor = Annotated[Staff, Depends(having(Role.AUDITOR))]


@router.get("")
async def acts_page(desk: AtDesk, auditor: Auditor) -> Response:
    """The latest acts, and whether all are there as they were written."""
    town = auditor.municipality
    try:
        count, broken = await desk.deps.acts.verify(town), None
    except ActsBroken as error:
        count, broken = 0, str(error)
    acts = () if broken else await desk.deps.acts.latest(town)
    return desk.render("acts.html", acts=acts, count=count, broken=broken)


@router.post("/export", dependencies=[Depends(own_form)])
async def export(desk: AtDesk, auditor: Auditor) -> Response:
    """Every act of the town as JSON Lines, oldest first. That it was exported is an act, too, and its last line."""
    town = auditor.municipality
    await desk.deps.acts.record(town, auditor.number, What.EXPORT)
    name = f"acts-{town}-{desk.deps.clock():%Y%m%dT%H%M%SZ}.jsonl"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_lines(desk.deps, town), media_type="application/jsonl", headers=headers)


async def _lines(deps: Deps, town: str) -> AsyncIterator[str]:
    async for act in deps.acts.every(town):
        yield _line(act)


def _line(act: Act) -> str:
    return act.model_dump_json() + "\n"
