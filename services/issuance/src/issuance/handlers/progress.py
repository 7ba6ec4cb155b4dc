"""Doing what a case needs next, until others must act. Safe to call at any time and by several at once."""

from collections.abc import Awaitable, Callable

import structlog

from issuance.domain import outcomes
from issuance.domain.case import Case, Step, next_step
from issuance.handlers.assessing import assess
from issuance.handlers.deps import Deps
from issuance.handlers.issuing import issue, withdraw
from madoguchi.contracts.vocabulary import RequestId
from madoguchi.store.aggregates import Aggregate
from madoguchi.vault.port import KeyErased

log = structlog.get_logger("issuance")

Present = Aggregate[Case] | None
STEPS: dict[Step, Callable[[Aggregate[Case], Deps], Awaitable[Present]]] = {
    Step.ASSESS: assess,
    Step.ISSUE: issue,
    Step.WITHDRAW: withdraw,
}


async def progress(request_id: RequestId, deps: Deps, present: Present = None) -> None:
    """Do the next steps. `present`: the case, where it was just saved. Raises what a step raises when it can't be done
    just now."""
    present = present or await deps.cases.load(request_id)
    while present is not None and (step := next_step(present.state)) is not None:
        municipality = present.state.municipality
        try:
            present = await STEPS[step](present, deps)
        except KeyErased:
            # Erased on the resident's behalf: whatever was left to do must not be done.
            await deps.apply(request_id, outcomes.forgotten)
            return
        log.info("step_done", step=step.value, request_id=request_id, municipality=municipality)


async def sweep(deps: Deps) -> None:
    """Try again what was not finished: the process died, or somebody it needs did not answer."""
    for overdue in await deps.cases.due(deps.clock()):
        present = await deps.apply(overdue.id, outcomes.tried(deps.clock()), known=overdue)
        try:
            await progress(overdue.id, deps, present)
        except Exception as error:  # noqa: BLE001 (one stuck case must not hold up the others; it comes up again)
            log.warning("step_failed", error=type(error).__qualname__, request_id=overdue.id)
