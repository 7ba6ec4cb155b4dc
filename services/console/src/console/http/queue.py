"""`/queue`: what waits for a clerk, most urgent first."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import RedirectResponse, Response

from console.domain.asking import unanswered
from console.domain.case import Case, Proposal, Referral, awaited
from console.domain.review import holder, pending
from console.domain.staff import Role, Staff
from console.domain.urgency import Urgency, urgency
from console.handlers import finding
from console.http.navigation import menu
from console.http.site import AtDesk, Desk
from console.login.session import having, staff

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the queue."""

    case: Case
    asked: Referral
    urgency: Urgency
    waited: timedelta
    holder: str | None
    """Who works on it."""
    proposal: Proposal | None
    """What waits for a second person."""
    unanswered: bool
    """Whether the resident is asked something."""


@router.get("/")
async def front(who: Annotated[Staff, Depends(staff)]) -> Response:
    """The first page that they may see."""
    return RedirectResponse(menu(who)[0].path, 303)


@router.get("/queue", dependencies=[Depends(having(Role.CLERK, Role.APPROVER))])
async def queue(desk: AtDesk) -> Response:
    """What waits."""
    waiting = await finding.waiting(desk.deps, desk.staff.municipality)
    return desk.render("queue.html", rows=[row for case in waiting if (row := _row(case, desk))])


def _row(case: Case, desk: Desk) -> Row | None:
    asked = awaited(case)
    if asked is None:
        return None
    now = desk.deps.clock()
    held = holder(case, now, desk.deps.rules[case.municipality].claim_lasts)
    return Row(case, asked, urgency(case.deadline, now), now - asked.at, held, pending(case), unanswered(case))
