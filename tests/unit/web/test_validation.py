"""What was wrong is said; what was sent is not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, HttpUrl, ValidationError
from pydantic_core import PydanticCustomError

from madoguchi.web.media_type import media_type
from madoguchi.web.validation import pointers

SECRET = "山田花子"


def _error(kind: str, message: str, *, sent: object = SECRET, place: tuple[str | int, ...] = ("body", "name")) -> Any:
    return {"type": kind, "loc": place, "msg": message, "input": sent}


def test_a_reason_of_our_own_is_quoted() -> None:
    own = PydanticCustomError("my_number", "Do not send a My Number.")
    assert pointers([_error(own.type, own.message())])[0]["detail"] == "Do not send a My Number."


@pytest.mark.parametrize(
    "error",
    [
        _error("echo_of_ours", f"Not {SECRET}"),
        _error("value_error", f"Value error, {SECRET}", sent="something else"),
        _error("union_tag_invalid", f"Input tag {SECRET!r} found"),
        _error("uuid_parsing", "invalid character: found `花` at 3"),
    ],
)
def test_a_reason_that_may_echo_is_not_quoted(error: Any) -> None:
    assert pointers([error])[0]["detail"] == "This value is not accepted here."


def test_places() -> None:
    places: list[tuple[tuple[str | int, ...], dict[str, str]]] = [
        ((), {"pointer": "#"}),
        (("body",), {"pointer": "#"}),
        (("body", "contact", "email"), {"pointer": "#/contact/email"}),
        (("body", "items", 3), {"pointer": "#/items/3"}),
        (("body", SECRET), {"pointer": "#/(unknown)"}),
        (("body", "123456789018"), {"pointer": "#/(unknown)"}),
        (("query", "limit"), {"in": "query", "parameter": "limit"}),
        (("header", "idempotency-key"), {"in": "header", "parameter": "idempotency-key"}),
    ]
    for place, said in places:
        (error,) = pointers([_error("missing", "Field required", place=place)])
        assert error == {**said, "code": "missing", "detail": "Field required"}


class Everything(BaseModel, extra="forbid"):
    text: str
    number: int
    link: HttpUrl
    parts: list[dict[str, int]]


@given(st.dictionaries(st.sampled_from(["text", "number", "link", "parts", "other"]), st.just("ZQXJ7") | st.none()))
def test_nothing_sent_ever_comes_back(sent: dict[str, Any]) -> None:
    try:
        Everything.model_validate(sent)
    except ValidationError as error:
        assert "ZQXJ7" not in str(pointers([{**e, "loc": ("body", *e["loc"])} for e in error.errors()]))  # noqa: PT017


def test_a_media_type_has_no_parameters() -> None:
    assert media_type("Application/PDF ; a=b") == "application/pdf"
    assert media_type("") == ""
