"""Reading the towns' policies: errors name the file, the key, and what is allowed."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from madoguchi.policy.models import Municipality


class PolicyError(Exception):
    """A policy file is wrong; the message says where and what is allowed."""


def load_town(path: Path) -> Municipality:
    """Read one town's file. Raises `PolicyError` naming file, key and what is allowed."""
    try:
        data: Any = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise PolicyError(f"{path}: cannot be read as YAML: {error}") from error
    if not isinstance(data, dict):
        raise PolicyError(f"{path}: expected a mapping of keys, found {type(data).__name__}")
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


def _explain(path: Path, error: ValidationError) -> str:
    lines = [f"{path}: {error.error_count()} problem(s)"]
    for problem in error.errors(include_url=False):
        key = ".".join(str(part) for part in problem["loc"]) or "(whole file)"
        lines.append(f"  {key}: {problem['msg']}")
    return "\n".join(lines)
