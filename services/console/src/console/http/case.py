"""`/cases/{request_id}`: everything that happened to one request. Nothing personal is on it."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from console.domain.case import awaited
from console.domain.timeline import told
from console.domain.urgency import urgency
from console.handlers import finding
from console.http.site import AtDesk, Desk
from madoguchi.contracts.vocabulary import RequestId
from madoguchi.web.problems import Problem

router = APIRouter(prefix="/cases/{request_id}", include_in_schema=False)
Id = Annotated[RequestId, Path()]


@router.get("")
async def case_page(desk: AtDesk, request_id: Id) -> Response:
    """The timeline, and what the case awaits."""
    return await show(desk, request_id)


async def show(desk: Desk, request_id: RequestId, *, status_code: int = 200) -> Response:
    """The page of a case as it is now. Raises 404 for a case that is not there, or another town's."""
    case = await finding.by_id(desk.deps, desk.staff.municipality, request_id)
    if case is None:
        raise Problem(404)
    looks = await desk.deps.vault.access_log(request_id)
    return desk.render(
        "case.html",
        status_code=status_code,
        case=case,
        asked=awaited(case),
        urgency=urgency(case.deadline, desk.deps.clock()),
        lines=told(case, looks),
    )
