"""Below `/cases/{request_id}`: the opened case, the register beside it, and the decision.

What is opened is in the answer to the form that opened it, and nowhere else: going back to it means opening it again.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Form
from starlette.responses import Response

from console.domain.case import Verdict
from console.domain.differences import compared
from console.domain.hand import Refusal
from console.domain.review import PURPOSES, REASONS, holder, mark, second_person_may
from console.domain.staff import Role
from console.handlers import deciding
from console.handlers.asking import ask_resident
from console.handlers.opening import Opened, open_case
from console.http.case import OWN_FORM, Id, back, done, show
from console.http.site import AtDesk, Desk, Mark, hand_of
from madoguchi.contracts.vocabulary import ResidentQuestion
from madoguchi.register.port import RegisterUnavailable
from madoguchi.register.search import Search
from madoguchi.vault.port import KeyErased
from madoguchi.web.problems import Problem

router = APIRouter(prefix="/cases/{request_id}", include_in_schema=False)
Line = Annotated[str, Form(max_length=200)]


@router.get("/{page}")
async def no_form(request_id: Id, page: str) -> Response:
    """These addresses take forms; whoever comes to one by link or reload sees the case."""
    if page not in ("open", "register", "decide", "ask", "confirm", "send-back", "claim", "release"):
        raise Problem(404)
    return back(request_id)


@router.post("/open", dependencies=OWN_FORM)
async def open_(desk: AtDesk, request_id: Id, purpose: Annotated[str, Form()]) -> Response:
    """Open the case for a purpose."""
    if purpose not in PURPOSES:
        return await show(desk, request_id, Refusal.NO_PURPOSE)
    return await _opened(desk, request_id, purpose, None)


@router.post("/register", dependencies=OWN_FORM)
async def search_register(
    desk: AtDesk, request_id: Id, *, name: Line = "", kana: Line = "", birth_date: Line = "", address_number: Line = ""
) -> Response:
    """Open the case with what a search in the register finds beside it."""
    try:
        search = Search(name, kana, birth_date.strip(), address_number.strip())
    except ValueError:
        return await show(desk, request_id, Refusal.NOTHING_TO_SEARCH)
    return await _opened(desk, request_id, "", search)


@router.post("/decide", dependencies=OWN_FORM)
async def decide(
    desk: AtDesk,
    request_id: Id,
    mark: Mark,
    verdict: Annotated[Verdict, Form()],
    *,
    approve_reason: Line = "",
    refuse_reason: Line = "",
    entry: Line = "",
) -> Response:
    """Decide, or propose. `entry`: 宛名番号 of the entry that an approval rests on."""
    reason = approve_reason if verdict is Verdict.APPROVE else refuse_reason
    deed = deciding.decide(desk.deps, request_id, hand_of(desk, mark), verdict, reason, address_number=entry)
    return await done(desk, request_id, deed)


@router.post("/ask", dependencies=OWN_FORM)
async def ask(desk: AtDesk, request_id: Id, mark: Mark, question: Line = "") -> Response:
    """Ask the resident."""
    if question not in list(ResidentQuestion):
        return await show(desk, request_id, Refusal.NO_QUESTION)
    deed = ask_resident(desk.deps, request_id, hand_of(desk, mark), ResidentQuestion(question))
    return await done(desk, request_id, deed)


@router.post("/confirm", dependencies=OWN_FORM)
async def confirm(desk: AtDesk, request_id: Id, mark: Mark) -> Response:
    """The second person agrees."""
    return await done(desk, request_id, deciding.confirm(desk.deps, request_id, hand_of(desk, mark)))


@router.post("/send-back", dependencies=OWN_FORM)
async def send_back(desk: AtDesk, request_id: Id, mark: Mark) -> Response:
    """The second person does not."""
    return await done(desk, request_id, deciding.send_back(desk.deps, request_id, hand_of(desk, mark)))


async def _opened(desk: Desk, request_id: Id, purpose: str, search: Search | None) -> Response:
    try:
        opened = await open_case(desk.deps, request_id, hand_of(desk), purpose, search)
    except KeyErased:
        return await show(desk, request_id, Refusal.ERASED)
    except RegisterUnavailable:
        raise Problem(503, "register_away", headers={"Retry-After": "10"}) from None
    return desk.render("opened.html", **_shown(desk, opened), searched=search is not None)


def _shown(desk: Desk, opened: Opened) -> dict[str, Any]:
    case, staff = opened.case, desk.staff
    mine = holder(case, desk.deps.clock(), desk.deps.rules[case.municipality].claim_lasts) == staff.number
    return {
        "opened": opened,
        "case": case,
        "mark": mark(case),
        "reasons": REASONS,
        "questions": list(ResidentQuestion),
        "sides": [(entry, compared(opened.card, entry) if opened.card else ()) for entry in opened.entries],
        "may_decide": mine and Role.CLERK in staff.roles and opened.asked is not None and not opened.own,
        "may_confirm": second_person_may(case, staff) and not opened.own,
    }
