"""What counts as an addition to an event, and what breaks someone."""

from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, create_model

from madoguchi.contracts.compatibility import breaks


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Part(BaseModel):
    number: int


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")
    a: int = 0


def model(**fields: Any) -> dict[str, Any]:
    """The schema of a model with these fields: a type, or a type and its default."""
    definitions: Any = {name: said if isinstance(said, tuple) else (said, ...) for name, said in fields.items()}
    made: type[BaseModel] = create_model("Made", **definitions)
    schema: dict[str, Any] = made.model_json_schema()
    return schema


ADDITIONS = {
    "nothing": (model(a=int), model(a=int)),
    "an optional field": (model(a=int), model(a=int, b=(str, "x"))),
    "null as well": (model(a=str), model(a=(str | None))),
    "another value": (model(a=Literal["x"]), model(a=Literal["x", "y"])),
    "a wider number": (model(a=int), model(a=float)),
    "a looser bound": (model(a=Annotated[int, Field(ge=1, le=5)]), model(a=Annotated[int, Field(ge=0)])),
    "no pattern any more": (model(a=Annotated[str, Field(pattern="^x$")]), model(a=str)),
    "anything": (model(a=str), model(a=Any)),
    "a part's optional field": (model(a=list[Part]), model(a=list[Part])),
    "one of several": (model(a=Colour), model(a=Colour | int)),
}
BREAKS = {
    "a field removed": (model(a=int, b=(int, 1)), model(a=int), ".b: removed"),
    "a new required field": (model(a=int), model(a=int, b=int), ".b: is now required"),
    "an optional field required": (model(a=(int, 1)), model(a=int), ".a: is now required"),
    "a required field optional": (model(a=int), model(a=(int, 1)), ".a: may now be missing"),
    "another type": (model(a=int), model(a=str), ".a: was integer, is string"),
    "a narrower number": (model(a=float), model(a=int), ".a: was number, is integer"),
    "null no longer": (model(a=str | None), model(a=str), ".a: no longer takes null"),
    "a value gone": (model(a=Literal["x", "y"]), model(a=Literal["y"]), ".a: no longer takes 'x'"),
    "only certain values": (model(a=str), model(a=Colour), ".a: takes only certain values now"),
    "a pattern": (model(a=str), model(a=Annotated[str, Field(pattern="^x$")]), ".a: pattern is now ^x$"),
    "a bound": (model(a=int), model(a=Annotated[int, Field(ge=1)]), ".a: minimum is now 1"),
    "a tighter bound": (
        model(a=Annotated[str, Field(max_length=9)]),
        model(a=Annotated[str, Field(max_length=8)]),
        ".a: maxLength is now 8",
    ),
    "typed at last": (model(a=Any), model(a=str), ".a: was anything, is string"),
    "narrower items": (model(a=list[str]), model(a=list[int]), ".a[]: was string, is integer"),
    "a part's field gone": (model(a=Part), model(a=Strict), ".a.number: removed"),
}


@pytest.mark.parametrize(("before", "after"), ADDITIONS.values(), ids=ADDITIONS)
def test_an_addition_breaks_nobody(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert breaks(before, after) == []


@pytest.mark.parametrize(("before", "after", "said"), BREAKS.values(), ids=BREAKS)
def test_a_break_is_named(before: dict[str, Any], after: dict[str, Any], said: str) -> None:
    assert said in breaks(before, after)


def test_a_field_added_where_readers_refuse_new_fields_breaks_them() -> None:
    before = Strict.model_json_schema()
    after = {**before, "properties": {**before["properties"], "b": {"type": "integer", "default": 0}}}
    assert breaks(before, after) == [".b: readers refuse new fields here"]
