"""Writes again what is generated from the code (`make generate`); a test fails when the committed files differ."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from madoguchi.contracts import asyncapi, picture
from madoguchi.contracts.compatibility import breaks
from madoguchi.contracts.flow import FLOW
from madoguchi.policy.models import Municipality
from madoguchi_sandbox.kubernetes import files as kubernetes

ROOT: Final = Path(__file__).parents[4]
EVENTS: Final = ROOT / "tests/architecture/golden/events.v1.json"
"""The events' schemas as they were published: what version 1 promises."""
README: Final = ROOT / "README.md"

_PICTURE = re.compile(r"(<!-- flow:begin -->\n).*?(<!-- flow:end -->)", re.DOTALL)


class NotOnlyAdded(Exception):
    """A change of an event breaks what was promised; it needs a new version. The message names events and fields."""


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def openapi() -> str:
    """The intake API, asked of the service itself: the sandbox imports no service."""
    command = [sys.executable, "-m", "request_intake.http.openapi"]
    return subprocess.run(command, capture_output=True, check=True, text=True, encoding="utf-8").stdout  # noqa: S603 - our own command line


def town_schema() -> str:
    """JSON Schema of a town's policy file, for editors and for towns that check theirs with other tools."""
    schema = Municipality.model_json_schema(by_alias=True)
    return _text({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


def events() -> str:
    """The schema of every event. Raises `NotOnlyAdded` when one breaks what the committed file promises."""
    present = {row.event.TYPE: row.event.model_json_schema() for row in FLOW}
    promised: dict[str, Any] = json.loads(EVENTS.read_text("utf-8")) if EVENTS.exists() else {}
    wrong = [f"{type_}: removed" for type_ in promised if type_ not in present]
    wrong += [f"{t}{line}" for t in promised if t in present for line in breaks(promised[t], present[t])]
    if wrong:
        raise NotOnlyAdded("\n".join(wrong))
    return _text(present)


def readme() -> str:
    """The README with the picture of `FLOW`."""
    drawn = f"```mermaid\n{picture.mermaid()}```\n"
    return _PICTURE.sub(lambda found: found[1] + drawn + found[2], README.read_text("utf-8"))


GENERATED: Final[dict[Path, Callable[[], str]]] = {
    ROOT / "services/request-intake/openapi.json": openapi,
    ROOT / "shared/asyncapi.json": lambda: _text(asyncapi.document()),
    ROOT / "deploy/municipalities/schema.json": town_schema,
    EVENTS: events,
    README: readme,
    **kubernetes.GENERATED,
}
"""File → what it must hold."""


def main() -> None:
    """Write what differs, and name it."""
    for path, make in GENERATED.items():
        text = make()
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            sys.stdout.write(f"{path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
