"""`/deliveries`: every notice, channel by channel; sending one again, and trying a channel out."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Query
from starlette.responses import RedirectResponse, Response

from console.domain.channel_test import contact_of
from console.domain.delivery import UNDELIVERED, Notice, channel_health, mark, unanswered
from console.domain.hand import NotNow, Refusal
from console.domain.staff import Role
from console.handlers import delivering
from console.http.site import AtDesk, Desk, Mark, hand_of
from console.login.session import having, own_form
from madoguchi.contracts.vocabulary import NoticeChannel, RequestId
from madoguchi.web.problems import Problem

ROLES = (Role.CLERK, Role.OPERATOR)
router = APIRouter(prefix="/deliveries", include_in_schema=False, dependencies=[Depends(having(*ROLES))])
OWN_FORM = Depends(own_form)
NoticeId = Annotated[str, Path(pattern=r"^[0-9A-Za-z-]{1,64}$")]
LISTED_AT_MOST = 100


@router.get("")
async def overview(
    desk: AtDesk,
    request: Annotated[RequestId | None, Query()] = None,
    undelivered: Annotated[bool, Query()] = False,
) -> Response:
    """The newest notices of the town, or all of one request."""
    return await _overview(desk, request=request, undelivered=undelivered)


@router.get("/test")
async def no_form() -> Response:
    """This address takes a form; whoever comes to it by link or reload sees the log."""
    return RedirectResponse("/deliveries", 303)


@router.post("/test", dependencies=[OWN_FORM, Depends(having(Role.OPERATOR))])
async def try_out(
    desk: AtDesk, channel: Annotated[NoticeChannel, Form()], address: Annotated[str, Form(max_length=320)] = ""
) -> Response:
    """Send a test message to an address that was typed in."""
    contact = contact_of(channel, address)
    if contact is None:
        return await _overview(desk, status_code=409, refusal=Refusal.NO_ADDRESS)
    await delivering.try_out(desk.deps, hand_of(desk), channel, contact, desk.language)
    return RedirectResponse("/deliveries#tests", 303)


@router.get("/{notice_id}")
async def notice_page(desk: AtDesk, notice_id: NoticeId) -> Response:
    """One notice: every report of it."""
    return _notice(desk, await _found(desk, notice_id))


@router.get("/{notice_id}/resend")
async def no_form_of_one(notice_id: NoticeId) -> Response:
    """Likewise, the notice."""
    return RedirectResponse(f"/deliveries/{notice_id}", 303)


@router.post("/{notice_id}/resend", dependencies=[OWN_FORM])
async def resend(
    desk: AtDesk, notice_id: NoticeId, mark: Mark, channels: Annotated[list[NoticeChannel] | None, Form()] = None
) -> Response:
    """Have it sent again, on these channels, or on all that the resident has."""
    notice = await _found(desk, notice_id)
    try:
        await delivering.resend(desk.deps, hand_of(desk, mark), notice, channels or [])
    except NotNow as error:
        return _notice(desk, await _found(desk, notice_id), error.refusal)
    return RedirectResponse(f"/deliveries/{notice_id}", 303)


async def _found(desk: Desk, notice_id: str) -> Notice:
    notice = await delivering.notice_by_id(desk.deps, desk.staff.municipality, notice_id)
    if notice is None:
        raise Problem(404)
    return notice


def _notice(desk: Desk, notice: Notice, refusal: Refusal | None = None) -> Response:
    return desk.render(
        "notice.html",
        status_code=409 if refusal else 200,
        refusal=refusal,
        notice=notice,
        mark=mark(notice),
        pending=unanswered(notice, desk.deps.clock()),
        channels=tuple(NoticeChannel),
    )


async def _overview(
    desk: Desk,
    *,
    request: RequestId | None = None,
    undelivered: bool = False,
    status_code: int = 200,
    refusal: Refusal | None = None,
) -> Response:
    deps, town = desk.deps, desk.staff.municipality
    newest = await delivering.notices(deps, town)
    listed = await delivering.notices_of(deps, town, request) if request else newest
    shown = [one for one in listed if not undelivered or one.latest.status in UNDELIVERED]
    context: dict[str, Any] = {
        "health": channel_health(newest, deps.clock()),
        "notices": shown[:LISTED_AT_MOST],
        "about": request,
        "undelivered": undelivered,
        "tests": await delivering.tests(deps, town),
        "channels": tuple(NoticeChannel),
        "refusal": refusal,
    }
    return desk.render("deliveries.html", status_code=status_code, **context)
