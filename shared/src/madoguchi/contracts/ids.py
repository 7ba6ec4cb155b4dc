"""Identifiers of requests: `req_` and a lower-case ULID, so that they sort by time and tell nothing else. Pure."""

from collections.abc import Callable
from datetime import datetime

from madoguchi.contracts.vocabulary import RequestId

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH = 26


def ulid(now: datetime, randomness: Callable[[int], bytes]) -> str:
    """A ULID in lower case: 48 bits of milliseconds since 1970, 80 bits from `randomness`, in Crockford base 32."""
    milliseconds = int(now.timestamp() * 1000)
    value = (milliseconds << 80) | int.from_bytes(randomness(10), "big")
    return "".join(_CROCKFORD[(value >> shift) & 31] for shift in range(5 * (_LENGTH - 1), -1, -5))


def new_request_id(now: datetime, randomness: Callable[[int], bytes]) -> RequestId:
    """A new request id; `randomness(n)` gives n random bytes (`secrets.token_bytes`)."""
    return f"req_{ulid(now, randomness)}"


def payment_id_of(request_id: RequestId) -> str:
    """The one payment of a request; the request can be told from it without a look-up."""
    return "pay_" + request_id.removeprefix("req_")


def request_id_of(payment_id: str) -> RequestId:
    """The request a payment is for. Garbage in gives an id that no request has."""
    return "req_" + payment_id.removeprefix("pay_")
