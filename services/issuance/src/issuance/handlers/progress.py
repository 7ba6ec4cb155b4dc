"""Doing what a case needs next, until others must act. Safe to call at any time and by several at once."""

from collections.abc import Awaitable, Callable

import structlog

from issuance.domain import outcomes
from issuance.domain.case import Case, Step, next_step
from issuance.handlers.assessing import assess
from issuance.handlers.deps import Deps
from issuance.handlers.issuing import issue, withdraw
from madoguchi.contracts.vocabulary import RequestId
from madoguchi.vault.port import KeyErased

log = structlog.get_logger("issuance")

STEPS: dict[Step, Callable[[Case, Deps], Awaitable[None]]] = {
    Step.ASSESS: assess,
    Step.ISSUE: issue,
    Step.WITHDRAW: withdraw,
}


async def progress(request_id: RequestId, deps: Deps) -> None:
    """Do the next steps. Raises what a step raises when it can't be done just now."""
    while True:
        present = await deps.cases.load(request_id)
        step = None if present is None else next_step(present.state)
        if present is None or step is None:
            return
        try:
            await STEPS[step](present.state, deps)
        except KeyErased:
            # Erased on the resident's behalf: whatever was left to do must not be done.
            await deps.apply(request_id, outcomes.forgotten)
            return
        log.info("step_done", step=step.value, request_id=request_id, municipality=present.state.municipality)


async def sweep(deps: Deps) -> None:
    """Try again what was not finished: the process died, or somebody it needs did not answer."""
    for overdue in await deps.cases.due(deps.clock()):
        await deps.apply(overdue.id, outcomes.tried(deps.clock()))
        try:
            await progress(overdue.id, deps)
        except Exception as error:  # noqa: BLE001 (one stuck case must not hold up the others; it comes up again)
            log.warning("step_failed", error=type(error).__qualname__, request_id=overdue.id)
