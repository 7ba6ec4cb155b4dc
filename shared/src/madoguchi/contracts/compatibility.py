"""Whether a new schema of an event is only an addition to the old one. Pure.

Within a version nothing may break readers that know only the old schema, nor new readers of old events: no field goes,
no required field comes, no type gets narrower. (What pydantic makes of our events; not JSON Schema in general.)
"""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

_EXACT = ("pattern", "format")
_AT_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_AT_MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")


def breaks(before: Schema, after: Schema) -> list[str]:
    """What breaks someone, a line each, with the path of the field; empty when `after` only adds."""
    return list(_Comparison(before.get("$defs", {}), after.get("$defs", {})).compare(before, after, ""))


class _Comparison:
    """Two schemas with their definitions."""

    def __init__(self, before: Schema, after: Schema) -> None:
        self._before = before
        self._after = after

    def compare(self, before: Schema, after: Schema, path: str) -> Iterator[str]:
        old, new = _resolved(before, self._before), _resolved(after, self._after)
        if "anyOf" in old or "anyOf" in new:
            yield from self._alternatives(old, new, path)
            return
        if old.get("type") != new.get("type") and "type" in new and not _wider_number(old, new):
            yield f"{path}: was {old.get('type', 'anything')}, is {new['type']}"
            return
        yield from _values(old, new, path)
        yield from _bounds(old, new, path)
        if "items" in new:
            yield from self.compare(old.get("items", {}), new["items"], f"{path}[]")
        if old.get("type") == "object":
            yield from self._fields(old, new, path)

    def _alternatives(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        choices = new.get("anyOf", [new])
        for one in old.get("anyOf", [old]):
            if not any(not list(self.compare(one, choice, path)) for choice in choices):
                yield f"{path}: no longer takes {_short(_resolved(one, self._before))}"

    def _fields(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        known, present = old.get("properties", {}), new.get("properties", {})
        needed, needs = set(old.get("required", ())), set(new.get("required", ()))
        yield from (f"{path}.{name}: removed" for name in known if name not in present)
        yield from (f"{path}.{name}: is now required" for name in present if name in needs - needed)
        yield from (
            f"{path}.{name}: may now be missing" for name in known if name in needed - needs and name in present
        )
        strict = old.get("additionalProperties") is False
        yield from (
            f"{path}.{name}: readers refuse new fields here" for name in present if strict and name not in known
        )
        if new.get("additionalProperties") is False and not strict:
            yield f"{path}: refuses unknown fields"
        for name in known:
            if name in present:
                yield from self.compare(known[name], present[name], f"{path}.{name}")


def _resolved(schema: Schema, definitions: Schema) -> Schema:
    while "$ref" in schema:
        schema = definitions[schema["$ref"].rsplit("/", 1)[-1]]
    return schema


def _wider_number(old: Schema, new: Schema) -> bool:
    return old.get("type") == "integer" and new.get("type") == "number"


def _allowed(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _values(old: Schema, new: Schema, path: str) -> Iterator[str]:
    before, after = _allowed(old), _allowed(new)
    if after is not None and before is None:
        yield f"{path}: takes only certain values now"
    if after is not None and before is not None:
        yield from (f"{path}: no longer takes {value!r}" for value in before if value not in after)


def _bounds(old: Schema, new: Schema, path: str) -> Iterator[str]:
    for name in _EXACT:
        if name in new and new[name] != old.get(name):
            yield f"{path}: {name} is now {new[name]}"
    for names, narrower in ((_AT_LEAST, 1), (_AT_MOST, -1)):
        for name in names:
            if name in new and (name not in old or (new[name] - old[name]) * narrower > 0):
                yield f"{path}: {name} is now {new[name]}"


def _short(schema: Schema) -> str:
    return str(schema.get("type") or schema.get("enum") or schema.get("const") or "one alternative")
