"""What time brings: deadlines, lateness, refunds, unanswered events sent again, erasure."""

from datetime import datetime

from madoguchi.store.aggregates import Aggregate
from request_intake.domain import closing, facts, sweeping
from request_intake.domain.state import RequestState
from request_intake.domain.step import Step, provider_at
from request_intake.handlers.deps import Deps, log
from request_intake.handlers.payments import ask_provider

AT_ONCE = 500
"""Requests looked at in one round; the most overdue first, the rest in the next round."""


async def sweep(deps: Deps) -> None:
    """Attend to every request whose time has come. One that fails does not stop the others."""
    for aggregate in await deps.requests.due(deps.clock(), AT_ONCE):
        try:
            await attend(deps, aggregate)
        except Exception as error:  # noqa: BLE001 - it stays due; the next round tries again
            log.error("request_not_attended_to", request_id=aggregate.id, error=type(error).__qualname__)


async def attend(deps: Deps, aggregate: Aggregate[RequestState]) -> None:
    """Do for one request what is due now."""
    state, now = aggregate.state, deps.clock()
    ask = provider_at(state)
    if ask is not None and (ask <= now or _expires(state, now)):
        await ask_provider(deps, state)
    await deps.decide(state.request_id, _pass_time)
    await _erase(deps, state, now)
    await _redrive(deps, aggregate)


def _expires(state: RequestState, now: datetime) -> bool:
    """Before time runs out for want of money, the provider is asked once more."""
    return closing.expire(state, now) is not None


def _pass_time(state: RequestState, now: datetime) -> Step | None:
    return closing.expire(state, now) or sweeping.late(state, now)


async def _erase(deps: Deps, state: RequestState, now: datetime) -> None:
    at = facts.erasable_at(state)
    if at is None or at > now:
        return
    await deps.vault.erase(state.request_id)
    await deps.decide(state.request_id, sweeping.erased)
    log.info("personal_data_erased", request_id=state.request_id)


async def _redrive(deps: Deps, aggregate: Aggregate[RequestState]) -> None:
    """The time of the next try is saved first, then everything goes out again."""
    before = aggregate.state.redrives
    after = await deps.decide(aggregate.id, lambda s, now: sweeping.redrive(s, now, deps.pace))
    if after.redrives <= before:
        return
    present = await deps.requests.load(aggregate.id)
    if present is not None:
        await deps.requests.republish(present)
        log.info("events_sent_again", request_id=aggregate.id, times=after.redrives)
