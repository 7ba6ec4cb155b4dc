"""The page a resident pays on: the amount, one button to pay with a test card, one to go back."""

from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from madoguchi.contracts.vocabulary import Language
from madoguchi.web.pages import Pages, language_of
from madoguchi.web.problems import Problem
from madoguchi.web.security_headers import content_policy
from madoguchi_sandbox.payment.books import Checkout, Refused
from madoguchi_sandbox.payment.provider import Provider

LARGEST_FORM = 1024
router = APIRouter()


@router.get("/checkout/{checkout_id}")
async def show(checkout_id: str, request: Request) -> Response:
    """What is to be paid; or that it is paid."""
    return _page(request, _found(request, checkout_id))


@router.post("/checkout/{checkout_id}")
async def pay(checkout_id: str, request: Request) -> Response:
    """The button. The declined test card leaves everything as it was."""
    checkout = _found(request, checkout_id)
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_FORM:
            raise Refused(413, "too_large", "that is no form of this page")
    if parse_qs(body.decode("utf-8", "replace")).get("card") != ["good"]:
        return _page(request, checkout, declined=True)
    provider: Provider = request.app.state.provider
    provider.pay(checkout_id)
    # Browsers hold a redirect after a form to the page's `form-action`.
    return RedirectResponse(checkout.return_url, 303, {"Content-Security-Policy": _policy(checkout)})


def _found(request: Request, checkout_id: str) -> Checkout:
    provider: Provider = request.app.state.provider
    checkout = provider.books.checkouts.get(checkout_id)
    if checkout is None:
        raise Problem(404)
    return checkout


def _page(request: Request, checkout: Checkout, *, declined: bool = False) -> Response:
    pages: Pages = request.app.state.pages
    provider: Provider = request.app.state.provider
    return pages.render(
        request,
        "checkout.html",
        _language(request, checkout),
        status_code=402 if declined else 200,
        headers={"Content-Security-Policy": _policy(checkout)},
        checkout=checkout,
        payee=provider.accounts[checkout.account].name,
        amount=f"{checkout.amount:,}",
        declined=declined,
    )


def _language(request: Request, checkout: Checkout) -> Language:
    """As chosen on a page; else as the town asked for; else as the browser prefers."""
    asked = next((language for language in Language if language.value == checkout.locale), None)
    return language_of(request, default=asked)


def _policy(checkout: Checkout) -> str:
    back = urlsplit(checkout.return_url)
    return content_policy((f"{back.scheme}://{back.netloc}",))
