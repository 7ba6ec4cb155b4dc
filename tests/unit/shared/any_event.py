"""Any event that its schema allows, as Hypothesis makes it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from madoguchi.contracts.envelope import Envelope, envelop
from madoguchi.contracts.events import Event
from madoguchi.contracts.flow import FLOW

INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)


_SIMPLE: dict[str, st.SearchStrategy[Any]] = {
    "integer": st.integers(0, 10**6),
    "boolean": st.booleans(),
    "null": st.none(),
}


def _values(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """JSON values of a schema, as far as pydantic writes such for our events."""
    if "$ref" in schema:
        return _values(definitions[schema["$ref"].rsplit("/", 1)[-1]], definitions)
    if "anyOf" in schema:
        return st.one_of(*(_values(one, definitions) for one in schema["anyOf"]))
    if "enum" in schema or "const" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    if schema["type"] == "array":
        return st.lists(_values(schema["items"], definitions), max_size=3)
    if schema["type"] == "object":
        fields = {name: _values(said, definitions) for name, said in schema["properties"].items()}
        needed = {name: fields.pop(name) for name in schema.get("required", ())}
        return st.fixed_dictionaries(needed, optional=fields)
    return _SIMPLE[schema["type"]] if schema["type"] in _SIMPLE else _strings(schema)


def _strings(schema: Mapping[str, Any]) -> st.SearchStrategy[str]:
    if schema.get("format") == "date-time":
        return INSTANTS.map(datetime.isoformat)
    return st.from_regex(schema["pattern"], fullmatch=True) if "pattern" in schema else TEXTS


def events_of(model: type[Event]) -> st.SearchStrategy[Event]:
    """Events of one type."""
    schema = model.model_json_schema()
    return _values(schema, schema.get("$defs", {})).map(model.model_validate)


EVENTS: st.SearchStrategy[Event] = st.sampled_from([row.event for row in FLOW]).flatmap(events_of)
"""Events of every type."""

ENVELOPES: st.SearchStrategy[Envelope[Event]] = st.builds(
    envelop,
    EVENTS,
    time=INSTANTS,
    key=TEXTS,
    trace=st.dictionaries(st.sampled_from(["traceparent", "tracestate"]), TEXTS, max_size=2),
)
"""Envelopes around them."""
