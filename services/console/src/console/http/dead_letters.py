"""`/dead-letters`: what services could not process, by cause; a dry run, replaying once, discarding with a reason."""

from collections.abc import Awaitable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Form, Path
from starlette.responses import RedirectResponse, Response

from console.domain.staff import Role
from console.domain.trouble import DISCARD_REASONS, Letter, Prospect, Settlement, by_cause
from console.handlers import finding, settling
from console.handlers.settling import BULK_AT_MOST, Results, Settling, settle_all
from console.http.site import AtDesk, Desk, hand_of
from console.login.session import having, own_form
from console.ports import BrokerAway
from madoguchi.web.problems import Problem

T = TypeVar("T")
OPERATOR = Depends(having(Role.OPERATOR))
router = APIRouter(prefix="/dead-letters", include_in_schema=False, dependencies=[OPERATOR])
OWN_FORM = (Depends(own_form),)
LetterId = Annotated[str, Path(pattern=r"^[a-z-]{1,40}:[0-9]{1,10}:[0-9]{1,19}$")]
CauseKey = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]
Reason = Annotated[str, Form(max_length=40)]
LISTED_AT_MOST = 100
ACTS = ("dry-run", "replay", "discard")


@router.get("")
async def overview(desk: AtDesk) -> Response:
    """What waits, by cause."""
    letters = await finding.waiting_letters(desk.deps, desk.staff.municipality)
    cut = len(letters) == finding.LETTERS_AT_MOST
    return desk.render("dead-letters.html", sums=by_cause(letters), count=len(letters), cut=cut)


@router.get("/causes/{key}")
async def cause_page(desk: AtDesk, key: CauseKey) -> Response:
    """The letters of one cause."""
    return await _cause(desk, key)


@router.post("/causes/{key}/dry-run", dependencies=OWN_FORM)
async def dry_run_all(desk: AtDesk, key: CauseKey) -> Response:
    """What replaying the first of them would come to."""
    letters = await _of_cause(desk, key, BULK_AT_MOST)
    looks = await _or_away(settling.prospects(desk.deps, letters))
    return await _cause(desk, key, counts=_counted(looks), dry=True, acted=len(letters))


@router.post("/causes/{key}/replay", dependencies=OWN_FORM)
async def replay_all(desk: AtDesk, key: CauseKey) -> Response:
    """Replay the first of them."""
    return await _bulk(desk, key, Settling(Settlement.REPLAYED))


@router.post("/causes/{key}/discard", dependencies=OWN_FORM)
async def discard_all(desk: AtDesk, key: CauseKey, reason: Reason = "") -> Response:
    """Discard the first of them."""
    if reason not in DISCARD_REASONS:
        return await _cause(desk, key, status_code=409, refusal="no_reason")
    return await _bulk(desk, key, Settling(Settlement.DISCARDED, reason))


@router.get("/causes/{key}/{act}")
async def no_form_of_all(key: CauseKey, act: str) -> Response:
    """These addresses take forms; whoever comes to one by link or reload sees the letters."""
    return RedirectResponse(f"/dead-letters/causes/{key}", 303) if act in ACTS else _nothing()


@router.get("/{letter_id}/{act}")
async def no_form(letter_id: LetterId, act: str) -> Response:
    """Likewise, the letter."""
    return RedirectResponse(f"/dead-letters/{letter_id}", 303) if act in ACTS else _nothing()


@router.get("/{letter_id}")
async def letter_page(desk: AtDesk, letter_id: LetterId) -> Response:
    """One letter, without what is sealed."""
    return await _letter(desk, letter_id)


@router.post("/{letter_id}/dry-run", dependencies=OWN_FORM)
async def dry_run(desk: AtDesk, letter_id: LetterId) -> Response:
    """What replaying it would come to."""
    letter = await _found(desk, letter_id)
    looks = await _or_away(settling.prospects(desk.deps, [letter]))
    return await _letter(desk, letter_id, prospect=looks[letter_id])


@router.post("/{letter_id}/replay", dependencies=OWN_FORM)
async def replay(desk: AtDesk, letter_id: LetterId) -> Response:
    """Let its service try it again, once."""
    return await _one(desk, letter_id, Settling(Settlement.REPLAYED))


@router.post("/{letter_id}/discard", dependencies=OWN_FORM)
async def discard(desk: AtDesk, letter_id: LetterId, reason: Reason = "") -> Response:
    """Say that it needs no handling any more."""
    if reason not in DISCARD_REASONS:
        return await _letter(desk, letter_id, status_code=409, refusal="no_reason")
    return await _one(desk, letter_id, Settling(Settlement.DISCARDED, reason))


def _nothing() -> Response:
    raise Problem(404)


async def _one(desk: Desk, letter_id: str, wish: Settling) -> Response:
    letter = await _found(desk, letter_id)
    results = await _or_away(settle_all(desk.deps, hand_of(desk), [letter], wish))
    if results[letter_id] is wish.how:
        return RedirectResponse(f"/dead-letters/{letter_id}", 303)
    return await _letter(desk, letter_id, status_code=409, prospect=results[letter_id])


async def _bulk(desk: Desk, key: str, wish: Settling) -> Response:
    letters = await _of_cause(desk, key, BULK_AT_MOST)
    results = await _or_away(settle_all(desk.deps, hand_of(desk), letters, wish))
    return await _cause(desk, key, counts=_counted(results), dry=False, acted=len(letters))


async def _or_away(work: Awaitable[T]) -> T:
    try:
        return await work
    except BrokerAway:
        raise Problem(503, "broker_away", headers={"Retry-After": "10"}) from None


def _counted(results: Results) -> dict[str, int]:
    """Key of the text → how many."""
    kinds = ["settled" if isinstance(one, Settlement) else "prospect" for one in results.values()]
    said = [f"{kind}.{one}" for kind, one in zip(kinds, results.values(), strict=True)]
    return {key: said.count(key) for key in sorted(set(said))}


async def _found(desk: Desk, letter_id: str) -> Letter:
    letter = await finding.letter_by_id(desk.deps, desk.staff.municipality, letter_id)
    if letter is None:
        raise Problem(404)
    return letter


async def _of_cause(desk: Desk, key: str, limit: int) -> list[Letter]:
    return await finding.letters_by_cause(desk.deps, desk.staff.municipality, key, limit)


async def _letter(desk: Desk, letter_id: str, *, status_code: int = 200, **said: Any) -> Response:
    letter = await _found(desk, letter_id)
    said = {"prospect": None, "refusal": None, **said}
    may = {"reasons": DISCARD_REASONS, "would_run": Prospect.WOULD_RUN}
    return desk.render("dead-letter.html", status_code=status_code, letter=letter, **may, **said)


async def _cause(desk: Desk, key: str, *, status_code: int = 200, **said: Any) -> Response:
    letters = await _of_cause(desk, key, finding.LETTERS_AT_MOST)
    said = {"counts": None, "dry": False, "acted": 0, "refusal": None, **said}
    return desk.render(
        "dead-letter-cause.html",
        status_code=status_code,
        key=key,
        letters=letters[:LISTED_AT_MOST],
        count=len(letters),
        bulk=min(len(letters), BULK_AT_MOST),
        reasons=DISCARD_REASONS,
        **said,
    )
