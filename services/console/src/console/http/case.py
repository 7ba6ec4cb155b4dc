"""`/cases/{request_id}`: everything that happened to one request, and who works on it. Nothing personal is on it."""

from collections.abc import Awaitable
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from starlette.responses import RedirectResponse, Response

from console.domain import review
from console.domain.acts import What
from console.domain.case import Case, awaited
from console.domain.hand import NotNow, Refusal
from console.domain.review import PURPOSES, holder, pending, second_person_may
from console.domain.staff import Role
from console.domain.timeline import Known, told
from console.domain.urgency import urgency
from console.handlers import finding
from console.handlers.acting import Step, act, case_of
from console.http.site import AtDesk, Desk, Mark, hand_of
from console.login.session import having, own_form
from madoguchi.contracts.vocabulary import RequestId
from madoguchi.vault.port import KeyErased

router = APIRouter(prefix="/cases/{request_id}", include_in_schema=False)
Id = Annotated[RequestId, Path()]
REVIEWERS = (Role.CLERK, Role.APPROVER)
OWN_FORM = (Depends(having(*REVIEWERS)), Depends(own_form))


@router.get("")
async def case_page(desk: AtDesk, request_id: Id) -> Response:
    """The timeline, and what the case awaits."""
    return await show(desk, request_id)


@router.post("/claim", dependencies=OWN_FORM)
async def claim(desk: AtDesk, request_id: Id, mark: Mark) -> Response:
    """Take the case."""
    return await _stepped(desk, request_id, mark, review.claim, What.CLAIM)


@router.post("/release", dependencies=OWN_FORM)
async def release(desk: AtDesk, request_id: Id, mark: Mark) -> Response:
    """Give it back."""
    return await _stepped(desk, request_id, mark, review.release, What.RELEASE)


async def _stepped(desk: Desk, request_id: RequestId, mark: str, step: Step, what: What) -> Response:
    return await done(desk, request_id, act(desk.deps, request_id, hand_of(desk, mark), step, what))


async def done(desk: Desk, request_id: RequestId, deed: Awaitable[object]) -> Response:
    """The case after the deed; or as it is, with the reason why it could not be done."""
    try:
        await deed
    except NotNow as error:
        return await show(desk, request_id, error.refusal)
    except KeyErased:
        return await show(desk, request_id, Refusal.ERASED)
    return back(request_id)


def back(request_id: RequestId) -> Response:
    """To the case as it is now."""
    return RedirectResponse(f"/cases/{request_id}", 303)


def _may_claim(case: Case, desk: Desk) -> bool:
    held = holder(case, desk.deps.clock(), desk.deps.rules[case.municipality].claim_lasts)
    free = held in (None, desk.staff.number)
    return free and (pending(case) is None or second_person_may(case, desk.staff))


async def _known(desk: Desk, request_id: RequestId) -> Known:
    return Known(
        await desk.deps.vault.access_log(request_id),
        await desk.deps.acts.about(request_id),
        await finding.retries_of(desk.deps, request_id),
        await finding.letters_of(desk.deps, request_id),
    )


async def show(desk: Desk, request_id: RequestId, refusal: Refusal | None = None) -> Response:
    """The page of a case as it is now; `refusal`: why what was asked for could not be done."""
    case = await case_of(desk.deps, desk.staff, request_id)
    known = await _known(desk, request_id)
    now, rules = desk.deps.clock(), desk.deps.rules[case.municipality]
    return desk.render(
        "case.html",
        status_code=409 if refusal else 200,
        refusal=refusal,
        case=case,
        asked=awaited(case),
        holder=holder(case, now, rules.claim_lasts),
        proposal=pending(case),
        may_claim=_may_claim(case, desk),
        mark=review.mark(case),
        purposes=PURPOSES,
        reviewer=bool(desk.staff.roles & set(REVIEWERS)),
        urgency=urgency(case.deadline, now),
        lines=told(case, known),
    )
