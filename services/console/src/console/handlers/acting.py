"""One act of staff on one case: tried without effect, put on record, then done. No record, no act.

Between the record and the deed somebody else may be first; then the record says `not_done`, and so does the answer.
"""

from collections.abc import Callable

import structlog

from console.domain.acts import ActsBroken, What
from console.domain.case import Case
from console.domain.hand import Hand, NotNow, Refusal
from console.domain.staff import Staff
from console.handlers import finding
from console.handlers.deps import Deps
from madoguchi.contracts.vocabulary import RequestId
from madoguchi.store.aggregates import Change

log = structlog.get_logger("console")

Step = Callable[[Case, Hand], Change[Case]]
"""Pure. Raises `NotNow`."""


class NoSuchCase(Exception):
    """There is no case of that id in the staff's town."""


async def case_of(deps: Deps, staff: Staff, request_id: RequestId) -> Case:
    """The case. Raises `NoSuchCase`."""
    case = await finding.by_id(deps, staff.municipality, request_id)
    if case is None:
        raise NoSuchCase(request_id)
    return case


async def act(deps: Deps, request_id: RequestId, hand: Hand, step: Step, what: What, *, why: str = "") -> Case:
    """Do `step`. Returns the case after it. Raises `NotNow`, `NoSuchCase`."""
    town, number = hand.staff.municipality, hand.staff.number
    step(await case_of(deps, hand.staff, request_id), hand)
    record = await deps.acts.record(town, number, what, why=why, about=request_id)

    def decide(case: Case | None) -> Change[Case]:
        if case is None:
            raise NotNow(Refusal.CHANGED)
        return step(case, hand)

    try:
        after = await deps.cases.apply(request_id, decide)
    except NotNow:
        await deps.acts.record(town, number, What.NOT_DONE, why=str(record.sequence), about=request_id)
        raise
    if after is None:
        raise NoSuchCase(request_id)
    return after.state


async def renew(deps: Deps) -> None:
    """Once a town's key was changed, nothing depends on the older one: not even where nobody acts for a while."""
    for town in deps.towns:
        try:
            if await deps.acts.renew(town):
                log.info("acts_rekeyed", municipality=town)
        except ActsBroken:
            log.error("acts_broken", municipality=town)
