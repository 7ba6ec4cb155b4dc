"""What was wrong with a request, without saying what it held: input may be personal data. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from pydantic_core.core_schema import ErrorType

# Pydantic's messages of these kinds speak of what is expected only, never of what was sent.
_SILENT = frozenset({
    "missing", "extra_forbidden", "json_invalid", "json_type", "enum", "literal_error", "none_required",
    "string_type", "string_too_short", "string_too_long", "string_pattern_mismatch",
    "int_type", "int_parsing", "int_from_float", "float_type", "float_parsing", "bool_type", "bool_parsing",
    "greater_than", "greater_than_equal", "less_than", "less_than_equal", "multiple_of", "finite_number",
    "list_type", "tuple_type", "dict_type", "set_type", "model_type", "model_attributes_type", "too_short", "too_long",
    "date_type", "datetime_type", "timezone_aware", "uuid_type", "url_type", "url_scheme", "bytes_type",
    "union_tag_not_found",
})  # fmt: skip
_PYDANTICS = frozenset(get_args(ErrorType))
_MEMBER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}", re.ASCII)
_NOT_ACCEPTED = "This value is not accepted here."


def pointers(errors: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Pydantic's errors as `code`, `detail` and a place: `pointer` into the body (a JSON pointer as URI fragment), or
    `in` and `parameter`. A kind that isn't known to keep silent about the input is not quoted.

    To say more, raise `PydanticCustomError(kind, message)` with a fixed message in a validator.
    """
    return [{**_place(error), "code": error["type"], "detail": _message(error)} for error in errors]


def _place(error: Mapping[str, Any]) -> dict[str, str]:
    where, *path = error["loc"] or ("body",)
    if where != "body":
        return {"in": str(where), "parameter": "/".join(_member(part) for part in path)}
    if error["type"] == "json_invalid":
        return {"pointer": "#"}  # the rest of the location is an offset into the text
    return {"pointer": "#" + "".join(f"/{_member(part)}" for part in path)}


def _member(part: str | int) -> str:
    """A member's name; one that can't be a name of ours was made up by the sender and isn't repeated."""
    return str(part) if isinstance(part, int) or _MEMBER.fullmatch(part) else "(unknown)"


def _message(error: Mapping[str, Any]) -> str:
    kind, message, sent = error["type"], str(error["msg"]), error.get("input")
    ours = kind not in _PYDANTICS
    if not ours and kind not in _SILENT:
        return _NOT_ACCEPTED
    if ours and isinstance(sent, str) and sent and sent in message:
        return _NOT_ACCEPTED
    return message
