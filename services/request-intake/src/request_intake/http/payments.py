"""The payment provider's webhook (Standard Webhooks)."""

from datetime import UTC
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from madoguchi.web.problems import Problem
from madoguchi.web.standard_webhooks import WebhookInvalid, verify_any
from request_intake import handlers
from request_intake.http.requests import World

router = APIRouter(include_in_schema=False)


class Paid(BaseModel):
    """Data of `checkout.paid`."""

    checkout_id: str
    payment_id: Annotated[str, Field(max_length=100)]
    amount: int
    paid_at: AwareDatetime


class PaidMessage(BaseModel):
    """What the provider sends when someone paid."""

    type: Literal["checkout.paid"]
    data: Paid


class AnyMessage(BaseModel):
    """Any message of the provider."""

    type: str


@router.post("/payments/webhook/{municipality}", status_code=204)
async def payment_news(request: Request, municipality: str, deps: World) -> Response:
    """News of the provider: 204 when it is stored (or not for us), 401 when it isn't the provider's."""
    secrets = request.app.state.webhook_secrets.get(municipality, ())
    body = await request.body()
    try:
        verify_any(secrets, request.headers, body)
    except WebhookInvalid:
        raise Problem(401, "webhook_not_signed", "The signature does not fit", what_to_do="Sign as agreed.") from None
    try:
        if AnyMessage.model_validate_json(body).type == "checkout.paid":
            paid = PaidMessage.model_validate_json(body).data
            await handlers.book(deps, municipality, paid.payment_id, paid.amount, paid.paid_at.astimezone(UTC))
    except ValidationError:
        raise Problem(422, "webhook_malformed", "The message is not as agreed") from None
    return Response(status_code=204)
