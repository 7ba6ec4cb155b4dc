"""The fee (手数料): due once, booked once, given back at most once."""

from datetime import datetime, timedelta

from madoguchi.contracts import events as e
from madoguchi.contracts.envelope import envelop
from madoguchi.contracts.vocabulary import Yen
from request_intake.domain import facts
from request_intake.domain.state import Checkout, Fee, RequestState
from request_intake.domain.step import NotNow, Step


def with_fee(state: RequestState, **facts_learned: object) -> RequestState:
    """`state` with facts about the fee added."""
    fee: Fee = state.fee.model_copy(update=facts_learned)
    return state.model_copy(update={"fee": fee})


def fall_due(state: RequestState, since: datetime, now: datetime) -> Step:
    """The fee is payable from now on, unless there is none, it is due already, or the request is over."""
    fee = state.fee
    if fee.amount == 0 or fee.due_at is not None:
        return Step(state)
    due_at = since + state.terms.payment
    after = with_fee(state, due_at=due_at)
    if fee.paid_at is not None or facts.ended_at(state) is not None:
        return Step(after)
    due = e.FeeDue(
        request_id=state.request_id,
        municipality=state.municipality,
        payment_id=fee.payment_id,
        amount=fee.amount,
        due_at=due_at,
    )
    return Step(after, (envelop(due, time=now, key=fee.payment_id),))


def open_checkout(state: RequestState) -> Checkout | None:
    """The payment page that is open already, or None if one must be made. Raises `NotNow` when nothing can be paid."""
    if facts.ended_at(state) is not None:
        raise NotNow("already_ended")
    if state.fee.amount == 0 or state.fee.due_at is None:
        raise NotNow("nothing_to_pay")
    if state.fee.paid_at is not None:
        raise NotNow("already_paid")
    return state.fee.checkout


def checkout_opened(state: RequestState, checkout: Checkout, ask_at: datetime) -> Step | None:
    """The provider made the payment page; by `ask_at` it should have told us that it was paid."""
    if state.fee.checkout is not None:
        return None
    return Step(with_fee(state, checkout=checkout, ask_at=ask_at, tries=0))


def paid(state: RequestState, amount: Yen, paid_at: datetime, now: datetime) -> Step | None:
    """The provider says so, by webhook or when asked; booked the first time only.

    Another amount than the fee is not booked, but kept for a person to look at. Money for a request that is over is
    booked to be given back, and issuance never hears of it.
    """
    fee = state.fee
    if amount != fee.amount or amount == 0:
        odd = tuple(sorted({*fee.odd_amounts, amount}))
        return None if odd == fee.odd_amounts else Step(with_fee(state, odd_amounts=odd))
    if fee.paid_at is not None:
        return None
    over = facts.failed_at(state) is not None
    after = with_fee(state, paid_at=paid_at, ask_at=None, tries=0)
    if over:
        return Step(after)
    settled = e.FeeSettled(
        request_id=state.request_id,
        municipality=state.municipality,
        payment_id=fee.payment_id,
        amount=amount,
        settled_at=now,
    )
    return Step(after, (envelop(settled, time=now, key=fee.payment_id),))


def refunded(state: RequestState, now: datetime) -> Step | None:
    """The provider gave the fee back."""
    fee = state.fee
    if fee.paid_at is None or fee.refunded_at is not None:
        return None
    event = e.FeeRefunded(
        request_id=state.request_id,
        municipality=state.municipality,
        payment_id=fee.payment_id,
        amount=fee.amount,
        refunded_at=now,
    )
    after = with_fee(state, refunded_at=now, ask_at=None, tries=0)
    return Step(after, (envelop(event, time=now, key=fee.payment_id),))


def put_off(state: RequestState, now: datetime, wait: timedelta) -> Step:
    """The provider had no news, or did not answer: ask again after `wait`."""
    return Step(with_fee(state, ask_at=now + wait, tries=state.fee.tries + 1))
