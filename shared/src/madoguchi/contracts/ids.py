"""Identifiers: `req_` or `qst_` and a lower-case ULID, so that they sort by time and tell nothing else. Pure."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from madoguchi.contracts.vocabulary import QuestionId, RequestId

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH = 26
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def ulid(now: datetime, randomness: Callable[[int], bytes]) -> str:
    """A ULID in lower case: 48 bits of milliseconds since 1970, 80 bits from `randomness`, in Crockford base 32."""
    milliseconds = (now - _EPOCH) // timedelta(milliseconds=1)  # exactly: a float may fall short by one
    value = (milliseconds << 80) | int.from_bytes(randomness(10), "big")
    return "".join(_CROCKFORD[(value >> shift) & 31] for shift in range(5 * (_LENGTH - 1), -1, -5))


def new_request_id(now: datetime, randomness: Callable[[int], bytes]) -> RequestId:
    """A new request id; `randomness(n)` gives n random bytes (`secrets.token_bytes`)."""
    return f"req_{ulid(now, randomness)}"


def new_question_id(now: datetime, randomness: Callable[[int], bytes]) -> QuestionId:
    """A new id for a question to a resident."""
    return f"qst_{ulid(now, randomness)}"


def payment_id_of(request_id: RequestId) -> str:
    """The one payment of a request; the request can be told from it without a look-up."""
    return "pay_" + request_id.removeprefix("req_")


def request_id_of(payment_id: str) -> RequestId:
    """The request a payment is for. Garbage in gives an id that no request has."""
    return "req_" + payment_id.removeprefix("pay_")
