"""What must not get into logs and traces: what is personal by its name or by its shape. Pure."""

import re
from collections.abc import Mapping
from typing import Any

FORBIDDEN = frozenset(
    {
        "address", "attributes", "authorization", "birth_date", "body", "candidates", "cms", "contact", "content",
        "cookie", "data", "email", "evidence", "headers", "household", "key", "line_user_id", "member", "message",
        "my_number", "name", "password", "payload", "phone", "query", "recipient", "secret", "sex", "state", "text",
        "token", "url", "user_id", "value",
    }
)  # fmt: skip
"""Field names whose values are never shown, however they got there."""

MASK = "[removed]"
LONGEST = 300

_PERSONAL = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.-]+"  # e-mail address
    r"|\bU[0-9a-f]{32}\b"  # LINE user id
    r"|(?<![0-9a-zA-Z-])\d{4}[ -]?\d{4}[ -]?\d{4}(?![0-9a-zA-Z-])"  # twelve digits: a My Number
    r"|(?<=/)[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_.-]{20,}"  # a signed token in a path
)


def masked(text: str) -> str:
    """`text`, shortened, without anything that has the shape of personal data or of a token."""
    return _PERSONAL.sub(MASK, text[:LONGEST])


def cleaned(value: Any) -> Any:
    """A value fit to be shown: plain scalars, and lists and mappings of them; anything else only by its type."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [cleaned(item) for item in list(value)[:20]]
    if isinstance(value, Mapping):
        return fields(value)
    return f"<{type(value).__qualname__}>"


def fields(values: Mapping[Any, Any]) -> dict[str, Any]:
    """The fields that may be shown, cleaned; the others keep their name only."""
    return {str(key): MASK if str(key).lower() in FORBIDDEN else cleaned(value) for key, value in values.items()}
