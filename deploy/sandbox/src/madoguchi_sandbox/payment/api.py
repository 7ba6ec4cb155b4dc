"""The provider as an app, mounted at `/pay`: its API (`/v1`), its hosted page, and its far side (`/_control`)."""

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field, HttpUrl
from starlette.responses import JSONResponse, Response

from madoguchi.web import problems
from madoguchi.web.pages import Pages
from madoguchi.web.security_headers import SecurityHeaders
from madoguchi_sandbox.faults import Fault
from madoguchi_sandbox.payment import page
from madoguchi_sandbox.payment.books import Checkout, Refused
from madoguchi_sandbox.payment.provider import Account, Provider

router = APIRouter()


class Wish(BaseModel):
    """Unknown fields are refused, as a strict provider does."""

    model_config = ConfigDict(extra="forbid")


class NewCheckout(Wish):
    """What is to be paid, where the person goes afterwards, where the news goes."""

    payment_id: str = Field(min_length=1, max_length=100)
    amount: int = Field(ge=1, le=1_000_000)
    currency: Literal["JPY"]
    description: str = Field(min_length=1, max_length=200)
    locale: str = Field("", max_length=35)
    """BCP 47 tag of the language the person reads; empty: the browser's."""
    return_url: HttpUrl
    webhook_url: HttpUrl


class NewRefund(Wish):
    """What is to be given back."""

    payment_id: str = Field(min_length=1, max_length=100)
    amount: int = Field(ge=1, le=1_000_000)


def payment_app(provider: Provider) -> FastAPI:
    """API, page and far side."""
    app = FastAPI(title="Sandbox: payment provider", docs_url=None, redoc_url=None)
    app.state.provider = provider
    app.state.pages = Pages.of_package("madoguchi_sandbox.payment")
    app.include_router(router)
    app.include_router(page.router)
    problems.install(app, app.state.pages.problem_page)
    app.add_exception_handler(Refused, _on_refused)
    app.add_middleware(SecurityHeaders)
    app.state.pages.mount(app)
    return app


async def _on_refused(_: Request, error: Exception) -> Response:
    if not isinstance(error, Refused):
        raise error
    return JSONResponse({"error": {"code": error.code, "message": error.message}}, error.status)


async def _provider(request: Request) -> Provider:
    provider: Provider = request.app.state.provider
    return provider


TheProvider = Annotated[Provider, Depends(_provider)]


async def _account(request: Request, provider: TheProvider) -> Account:
    account = provider.authenticated(request.headers.get("authorization"))
    if provider.faults.strike("500"):
        raise Refused(500, "internal", "something went wrong here; nothing was done")
    return account


async def _key(idempotency_key: Annotated[str | None, Header(max_length=255)] = None) -> str:
    """The key, quoted (a structured-field string) or bare."""
    if not idempotency_key or not idempotency_key.strip('"'):
        raise Refused(400, "idempotency_key_missing", "send an `Idempotency-Key`")
    return idempotency_key.strip('"')


Authenticated = Annotated[Account, Depends(_account)]
IdempotencyKey = Annotated[str, Depends(_key)]


@router.post("/v1/checkouts", status_code=201)
async def open_checkout(
    wish: NewCheckout, account: Authenticated, key: IdempotencyKey, provider: TheProvider
) -> dict[str, Any]:
    """A new hosted payment; the same key gives the same one."""
    answer = provider.books.open_checkout(account.municipality, key, wish.model_dump(mode="json"))
    await _maybe_silent(provider)
    return {**answer, "url": f"{provider.public_url}/checkout/{answer['id']}"}


@router.get("/v1/checkouts/{checkout_id}")
async def read_checkout(checkout_id: str, account: Authenticated, provider: TheProvider) -> dict[str, Any]:
    """How it stands."""
    checkout: Checkout | None = provider.books.checkouts.get(checkout_id)
    if checkout is None or checkout.account != account.municipality:
        raise Refused(404, "unknown_checkout", "no such checkout")
    paid_at = None if checkout.charge is None else checkout.charge["at"]
    facts = {"payment_id": checkout.payment_id, "amount": checkout.amount}
    return {"id": checkout.id, **facts, "status": checkout.status, "paid_at": paid_at}


@router.post("/v1/refunds")
async def refund(wish: NewRefund, account: Authenticated, key: IdempotencyKey, provider: TheProvider) -> dict[str, Any]:
    """Give money back; the same key gives the same answer and moves no money again."""
    answer = provider.books.refund(account.municipality, key, wish.payment_id, wish.amount)
    await _maybe_silent(provider)
    return answer


async def _maybe_silent(provider: Provider) -> None:
    """Done, but the caller doesn't learn of it."""
    if silent := provider.faults.strike("timeout_after_success"):
        await asyncio.sleep(silent.seconds)
        raise Refused(504, "timeout", "no answer in time")


@router.get("/_control/books")
async def books(provider: TheProvider) -> dict[str, Any]:
    """Charges and refunds, for the auditor."""
    return provider.books.totals()


@router.post("/_control/faults", status_code=202)
async def arm(fault: Fault, provider: TheProvider) -> dict[str, Any]:
    """Let something go wrong from now on."""
    try:
        provider.faults.arm(fault)
    except ValueError as error:
        raise HTTPException(422, str(error)) from None
    return {"armed": [one.model_dump() for one in provider.faults.armed]}


@router.delete("/_control/faults", status_code=204)
async def disarm(provider: TheProvider) -> None:
    """All is well again."""
    provider.faults.clear()


@router.post("/_control/checkouts/{checkout_id}/pay")
async def pay(checkout_id: str, provider: TheProvider) -> dict[str, Any]:
    """Pay without the page, for tests and the demo."""
    if checkout_id not in provider.books.checkouts:
        raise Refused(404, "unknown_checkout", "no such checkout")
    provider.pay(checkout_id)
    return {"id": checkout_id, "status": provider.books.checkouts[checkout_id].status}
