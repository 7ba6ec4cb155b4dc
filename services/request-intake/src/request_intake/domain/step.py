"""What a decision is made of, the new state and its events, and how it becomes a stored change with a due time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.events import Event
from madoguchi.contracts.notices import NOTICE_OF, notice_id
from madoguchi.store.aggregates import Change
from request_intake.domain import facts
from request_intake.domain.state import Notice, RequestState


@dataclass(frozen=True, slots=True)
class Step:
    """A decision's outcome."""

    state: RequestState
    emit: tuple[Envelope[Event], ...] = ()


class NotNow(Exception):
    """What the resident asked for can't be done in this state; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient the sweep is."""

    redrive: timedelta
    """Without progress for this long, everything is sent again; the wait doubles each time."""
    provider: timedelta = timedelta(seconds=20)
    """Before the payment provider is asked (again); doubles likewise."""


_DOUBLED_FOR_SERVICES = 8
_DOUBLED_FOR_CLERKS = 180
_DOUBLED_FOR_PROVIDER = 180
LATE_PAYMENT = timedelta(days=2)
"""How long after the end the provider is still asked whether someone paid."""


def expect(state: RequestState, *envelopes: Envelope[Event]) -> RequestState:
    """`state`, waiting for the notices that these events make."""
    notices = dict(state.notices)
    for envelope in envelopes:
        key = notice_id(envelope)
        if key is not None:
            before = notices.get(key) or Notice(kind=NOTICE_OF[type(envelope.event)])
            notices[key] = before.model_copy(update={"expected": True})
    return state if notices == state.notices else state.model_copy(update={"notices": notices})


def change(
    decide: Callable[[RequestState | None], Step | None],
    *,
    now: datetime,
    pace: Pace,
    trace: Mapping[str, str] = MappingProxyType({}),
) -> Callable[[RequestState | None], Change[RequestState] | None]:
    """A decision in the form that `Aggregates.apply` takes: notices expected, progress noted, next due time set.

    `trace` is the W3C trace context of the act, for the events."""

    def decided(state: RequestState | None) -> Change[RequestState] | None:
        step = decide(state)
        if step is None:
            return None
        after = expect(step.state, *step.emit)
        if state is None or _learned(state, after):
            after = after.model_copy(update={"progress_at": now, "redriven_at": None, "redrives": 0})
        emit = tuple(replace(envelope, trace=dict(trace)) for envelope in step.emit)
        return Change(after, emit, due_at(after, pace))

    return decided


def due_at(state: RequestState, pace: Pace) -> datetime | None:
    """When the sweep should look at the request next; None: never again."""
    if state.erased_at is not None:
        return provider_at(state)
    moments = [facts.erasable_at(state), provider_at(state), redrive_at(state, pace), *_deadlines(state)]
    return min((moment for moment in moments if moment is not None), default=None)


def provider_at(state: RequestState) -> datetime | None:
    """When the payment provider is to be asked: for a refund, or whether someone paid."""
    fee, end = state.fee, facts.ended_at(state)
    if facts.refund_owed(state):
        return fee.ask_at or end
    if not facts.awaits_payment_news(state):
        return None
    at = fee.ask_at
    return None if at is not None and end is not None and at > end + LATE_PAYMENT else at


def redrive_at(state: RequestState, pace: Pace) -> datetime | None:
    """When everything is to be sent again, if an answer is missing by then."""
    if facts.answer_missing(state):
        most = _DOUBLED_FOR_SERVICES
    elif facts.with_clerk(state):
        most = _DOUBLED_FOR_CLERKS
    else:
        return None
    return (state.redriven_at or state.progress_at) + pace.redrive * min(1 << min(state.redrives, 16), most)


def provider_wait(state: RequestState, pace: Pace) -> timedelta:
    """How long to leave the provider alone after one more try."""
    return pace.provider * min(1 << min(state.fee.tries, 16), _DOUBLED_FOR_PROVIDER)


def _deadlines(state: RequestState) -> list[datetime | None]:
    late = facts.in_the_towns_hands(state) and state.late_at is None
    return [
        facts.proof_due_at(state) if facts.proof_needed(state) else None,
        state.fee.due_at if pays_next(state) else None,
        facts.promised_at(state) if late else None,
    ]


def pays_next(state: RequestState) -> bool:
    """Whether the payment deadline runs: the fee is due and no clerk holds the request."""
    return facts.payable(state) and not facts.with_clerk(state)


def _learned(before: RequestState, after: RequestState) -> bool:
    """Whether more changed than the sweep's own bookkeeping."""
    own = {"redriven_at": None, "redrives": 0, "progress_at": before.progress_at}
    quiet = {"ask_at": None, "tries": 0}
    return before.model_copy(update={**own, "fee": before.fee.model_copy(update=quiet)}) != after.model_copy(
        update={**own, "fee": after.fee.model_copy(update=quiet)}
    )
