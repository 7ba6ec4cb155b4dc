"""`/search`: a case by request id (受付番号, which the resident sees in every channel) or certificate number."""

import re
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import RedirectResponse, Response

from console.domain.case import Case
from console.handlers import finding
from console.http.site import AtDesk, Desk

router = APIRouter(include_in_schema=False)
_REQUEST = re.compile(r"req_[0-9a-z]{26}")
_CERTIFICATE = re.compile(r"[0-9]{6}-[0-9]{8}-[0-9A-Z]{10}")


@router.get("/search")
async def search(desk: AtDesk, q: Annotated[str, Query(max_length=200)] = "") -> Response:
    """The form; and when something is found, on to it."""
    found = await _found(desk, q.strip()) if q.strip() else None
    if found is not None:
        return RedirectResponse(f"/cases/{found.request_id}", 303)
    return desk.render("search.html", q=q.strip())


async def _found(desk: Desk, said: str) -> Case | None:
    """People paste more than the number, so the number is looked for in what they paste."""
    town = desk.staff.municipality
    if request := _REQUEST.search(said.lower()):
        return await finding.by_id(desk.deps, town, request[0])
    if number := _CERTIFICATE.search(said.upper()):
        return await finding.by_certificate(desk.deps, town, number[0])
    return None
