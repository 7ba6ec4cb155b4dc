"""The fee and the provider: the payment page, the webhook's news, the provider asked, the refund."""

from datetime import datetime, timedelta

from madoguchi.contracts.ids import request_id_of
from madoguchi.contracts.vocabulary import MunicipalityCode, RequestId, Yen
from request_intake.domain import facts, fee
from request_intake.domain.state import Checkout, RequestState
from request_intake.domain.step import Step, provider_wait
from request_intake.handlers.deps import Deps, NoSuchRequest, log
from request_intake.ports import ProviderAway


async def payment_page(deps: Deps, request_id: RequestId) -> str:
    """The address of the provider's page for the fee. Raises `NoSuchRequest`, `NotNow`, `ProviderAway`."""
    state = await deps.load(request_id)
    checkout = fee.open_checkout(state)
    if checkout is not None:
        return checkout.url
    town = deps.towns[state.municipality]
    offer = town.certificates[state.certificate]
    page = await deps.payments.open_page(
        state.municipality,
        state.fee.payment_id,
        state.fee.amount,
        offer.name.get(state.language) or next(iter(offer.name.values())),
        return_url=f"{deps.links.status_url(state)}/paid",
        language=state.language,
    )
    now = deps.clock()
    made = Checkout(id=page.checkout_id, url=page.url, opened_at=now)
    ask_at = now + deps.pace.provider
    after = await deps.decide(request_id, lambda s, _: fee.checkout_opened(s, made, ask_at))
    return after.fee.checkout.url if after.fee.checkout else page.url


async def back_from_payment(deps: Deps, request_id: RequestId) -> None:
    """The resident is back from the provider's page, perhaps before its webhook: ask whether the fee was paid, so that
    they aren't asked for it again. Raises `NoSuchRequest`; what can't be learnt now comes by webhook or sweep."""
    state = await deps.load(request_id)
    if facts.awaits_payment_news(state):
        try:
            await _was_paid(deps, state)
        except ProviderAway as away:
            log.warning("payment_provider_away", municipality=state.municipality, reason=str(away))


async def book(
    deps: Deps, municipality: MunicipalityCode, payment_id: str, amount: Yen, paid_at: datetime
) -> RequestState | None:
    """The provider says that `payment_id` was paid. Booked once, whatever the repeats; None when it isn't ours."""
    request_id = request_id_of(payment_id)
    try:
        state = await deps.load(request_id)
        if state.municipality != municipality:
            raise NoSuchRequest(request_id)
    except NoSuchRequest:
        log.warning("payment_for_no_request_of_this_town", municipality=municipality)
        return None
    after = await deps.decide(request_id, lambda s, now: fee.paid(s, amount, paid_at, now))
    if amount in after.fee.odd_amounts:
        log.error("payment_of_another_amount", request_id=request_id, amount=amount, fee=after.fee.amount)
    return after


async def ask_provider(deps: Deps, state: RequestState) -> None:
    """Do what is due with the provider: give the fee back, or ask whether it was paid. If it is away, try later."""
    try:
        if facts.refund_owed(state):
            await deps.payments.refund(state.municipality, state.fee.payment_id, state.fee.amount)
            await deps.decide(state.request_id, fee.refunded)
            log.info("fee_refunded", request_id=state.request_id, payment_id=state.fee.payment_id)
            return
        if await _was_paid(deps, state):
            return
    except ProviderAway as away:
        log.warning("payment_provider_away", municipality=state.municipality, reason=str(away))
    wait = provider_wait(state, deps.pace)
    await deps.decide(state.request_id, lambda s, now: _put_off(s, now, wait))


async def _was_paid(deps: Deps, state: RequestState) -> bool:
    if state.fee.checkout is None:
        return False
    news = await deps.payments.news(state.municipality, state.fee.checkout.id)
    if news.status != "paid" or news.payment_id != state.fee.payment_id:
        return False  # not yet, or given back by someone at the provider: then it isn't paid
    after = await book(deps, state.municipality, news.payment_id, news.amount, deps.clock())
    return after is not None and after.fee.paid_at is not None


def _put_off(state: RequestState, now: datetime, wait: timedelta) -> Step | None:
    still = facts.refund_owed(state) or facts.awaits_payment_news(state)
    return fee.put_off(state, now, wait) if still else None
