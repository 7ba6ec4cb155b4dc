"""Reading the towns' policies: errors name the file, the key, and what is allowed."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from madoguchi.policy.models import Municipality


class PolicyError(Exception):
    """A policy file is wrong; the message says where and what is allowed."""


def load_town(path: Path) -> Municipality:
    """Read one town's file. Raises `PolicyError` naming file, key and what is allowed."""
    try:
        text = path.read_text("utf-8")
        data: Any = yaml.safe_load(text)
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise PolicyError(f"{path}: cannot be read as YAML: {error}") from error
    if not isinstance(data, dict):
        raise PolicyError(f"{path}: expected a mapping of keys, found {type(data).__name__}")
    if twice := sorted(_repeated(yaml.compose(text, Loader=yaml.SafeLoader))):
        raise PolicyError(f"{path}: a key is given twice: {', '.join(twice)}")
    try:
        town = Municipality.model_validate(data)
    except ValidationError as error:
        raise PolicyError(_explain(path, error)) from error
    if path.stem != town.code:
        raise PolicyError(f"{path}: the file must be named {town.code}.yaml after its code")
    return town


def load_towns(folder: Path) -> dict[str, Municipality]:
    """Every `<code>.yaml` in `folder`, by code. Raises `PolicyError`, also when there is none."""
    towns = {town.code: town for town in (load_town(path) for path in sorted(folder.glob("*.yaml")))}
    if not towns:
        raise PolicyError(f"{folder}: no municipality file (<code>.yaml) here")
    return towns


def _repeated(node: yaml.Node | None, path: str = "") -> Iterator[str]:
    """Keys given twice in one mapping; YAML lets the last one win in silence."""
    if isinstance(node, yaml.SequenceNode):
        for position, item in enumerate(node.value):
            yield from _repeated(item, f"{path}{position}.")
    elif isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if key.value in seen:
                yield f"{path}{key.value}"
            seen.add(key.value)
            yield from _repeated(value, f"{path}{key.value}.")


def _explain(path: Path, error: ValidationError) -> str:
    lines = [f"{path}: {error.error_count()} problem(s)"]
    for problem in error.errors(include_url=False):
        key = ".".join(str(part) for part in problem["loc"]) or "(whole file)"
        lines.append(f"  {key}: {_words(problem)}")
    return "\n".join(lines)


def _words(problem: ErrorDetails) -> str:
    """What is wrong and what is allowed; never the value, which may be a secret in the wrong place."""
    match problem["type"]:
        case "extra_forbidden":
            return f"unknown key; known here: {', '.join(_keys(problem['loc'][:-1]))}"
        case "string_type" if isinstance(problem["input"], list | tuple):
            return (
                "expected one text, found a list; only secrets that are accepted may be lists, not those that are sent"
            )
        case "string_type":
            return f"expected a text, found {type(problem['input']).__name__}; put it in quotes"
        case _:
            return problem["msg"].removeprefix("Value error, ")


def _keys(loc: Sequence[int | str]) -> list[str]:
    """The keys that the place `loc` of the file may have."""
    here: Any = Municipality
    for step in loc:
        if isinstance(here, type) and issubclass(here, BaseModel):
            fields = {field.alias or name: field.annotation for name, field in here.model_fields.items()}
            here = _inner(fields[str(step)])
        else:
            here = _inner(get_args(here)[0 if isinstance(step, int) else 1])
    return [field.alias or name for name, field in here.model_fields.items()]


def _inner(annotation: Any) -> Any:
    """`X` of `X | None`; anything else as it is."""
    choices = [choice for choice in get_args(annotation) if choice is not type(None)]
    return choices[0] if type(None) in get_args(annotation) else annotation
