"""Standard Webhooks (standardwebhooks.com): `webhook-id`, `webhook-timestamp`, `webhook-signature` over the raw body.

The library is strict about genuine headers but lets other errors out for malformed ones; here all are one.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook


class WebhookInvalid(Exception):
    """Not signed with this secret, too old or too new (5 minutes), or not well-formed."""


def sign(secret: str, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers. `secret`: `whsec_<base64>`; `body`: UTF-8. Raises `ValueError` for a malformed secret."""
    moment = at.astimezone(UTC)  # the library takes any time for UTC
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, moment, body.decode()),
    }


def verify_any(secrets: Sequence[str], headers: Mapping[str, str], body: bytes) -> str:
    """The same with several secrets, any of which will do: while one takes the other's place."""
    for secret in secrets:
        try:
            return verify(secret, headers, body)
        except WebhookInvalid:
            continue
    raise WebhookInvalid


def verify(secret: str, headers: Mapping[str, str], body: bytes) -> str:
    """The message's id, by which repeats are recognised. Raises `WebhookInvalid`; `ValueError` for a bad secret."""
    webhook = Webhook(secret)
    named = {name.lower(): value for name, value in headers.items()}
    message_id, timestamp = named.get("webhook-id", ""), named.get("webhook-timestamp", "")
    # `1700000000.5` and ` 1700000000` would be taken for the signed `1700000000`.
    if not message_id or not (timestamp.isascii() and timestamp.isdigit()):
        raise WebhookInvalid
    try:
        webhook.verify(body, named, json_parse=False)
    except Exception:  # noqa: BLE001 (ValueError, binascii.Error, UnicodeDecodeError and its own: all the same to us)
        raise WebhookInvalid from None
    return message_id
