"""The payment provider over HTTP: hosted payment pages (checkouts) and refunds, each with an idempotency key."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import httpx
from pydantic import BaseModel, ValidationError
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from madoguchi.contracts.envelope import derived_id
from madoguchi.contracts.vocabulary import Language, MunicipalityCode, Yen
from request_intake.ports import PaymentNews, PaymentPage, ProviderAway

TIMEOUT = httpx.Timeout(10.0, connect=3.0)
ATTEMPTS = 3


@dataclass(frozen=True, slots=True, repr=False)
class Account:
    """A town's account with its provider."""

    api_url: str
    api_key: str
    webhook_url: str


class Page(BaseModel):
    """A checkout that was made."""

    id: str
    url: str


class News(BaseModel):
    """A checkout as it is."""

    payment_id: str
    amount: int
    status: Literal["open", "paid", "refunded"]


M = TypeVar("M", bound=BaseModel)


class _Passing(Exception):
    """Worth trying again at once; the message names the fault, never an address or a payload."""


@dataclass(frozen=True, slots=True)
class HttpPayments:
    """`Payments` over HTTP. What can't be had after a few tries is `ProviderAway`; the sweep tries later."""

    client: httpx.AsyncClient
    accounts: Mapping[MunicipalityCode, Account]
    first_wait: float = 0.2
    """Seconds before the second try; doubles."""

    async def open_page(
        self,
        municipality: MunicipalityCode,
        payment_id: str,
        amount: Yen,
        description: str,
        *,
        return_url: str,
        language: Language,
    ) -> PaymentPage:
        """See `Payments`."""
        body = {
            "payment_id": payment_id,
            "amount": amount,
            "currency": "JPY",
            "description": description,
            "locale": language.value,
            "return_url": return_url,
            "webhook_url": self._account(municipality).webhook_url,
        }
        page = Page.model_validate(
            await self._post(municipality, "checkouts", body, derived_id("checkout", payment_id))
        )
        return PaymentPage(page.id, page.url)

    async def news(self, municipality: MunicipalityCode, checkout_id: str) -> PaymentNews:
        """See `Payments`."""
        news = _parsed(News, await self._call(municipality, "GET", f"checkouts/{checkout_id}"))
        return PaymentNews(news.payment_id, news.amount, news.status)

    async def refund(self, municipality: MunicipalityCode, payment_id: str, amount: Yen) -> None:
        """See `Payments`."""
        body = {"payment_id": payment_id, "amount": amount}
        await self._post(municipality, "refunds", body, derived_id("refund", payment_id))

    def _account(self, municipality: MunicipalityCode) -> Account:
        account = self.accounts.get(municipality)
        if account is None:
            raise ProviderAway("the town's policy names no provider address (payment.api_url)")
        return account

    async def _post(self, municipality: MunicipalityCode, path: str, body: dict[str, Any], key: str) -> Any:
        return await self._call(municipality, "POST", path, json=body, headers={"Idempotency-Key": f'"{key}"'})

    async def _call(self, municipality: MunicipalityCode, method: str, path: str, **request: Any) -> Any:
        account = self._account(municipality)
        headers = {"Authorization": f"Bearer {account.api_key}", **request.pop("headers", {})}
        url = f"{account.api_url.rstrip('/')}/v1/{path}"
        try:
            async for attempt in AsyncRetrying(
                retry=retry_if_exception_type(_Passing),
                stop=stop_after_attempt(ATTEMPTS),
                wait=wait_exponential_jitter(multiplier=self.first_wait, max=2, jitter=self.first_wait),
                reraise=True,
            ):
                with attempt:
                    return await self._once(method, url, headers=headers, **request)
        except _Passing as fault:
            raise ProviderAway(str(fault)) from None
        raise AssertionError("unreachable: the loop returns or raises")

    async def _once(self, method: str, url: str, **request: Any) -> Any:
        try:
            answer = await self.client.request(method, url, timeout=TIMEOUT, **request)
        except httpx.TransportError as fault:
            raise _Passing(type(fault).__name__) from None
        return _read(answer)


def _read(answer: httpx.Response) -> Any:
    if answer.status_code in {409, 425, 429} or answer.is_server_error:
        raise _Passing(f"status {answer.status_code}")
    if not answer.is_success:
        raise ProviderAway(f"status {answer.status_code}")
    try:
        return answer.json()
    except ValueError:
        raise ProviderAway("not JSON") from None


def _parsed(model: type[M], answer: Any) -> M:
    try:
        return model.model_validate(answer)
    except ValidationError:
        raise ProviderAway(f"not a {model.__name__.lower()}") from None
