"""Schemathesis against the running intake: no 5xx, no undocumented answer, everything as the document says."""

import asyncio
import sys
from pathlib import Path

import pytest

from e2e.rest import key_of
from madoguchi_sandbox.launcher.stack import Stack
from towns import THIRD_TOWN

pytestmark = pytest.mark.processes

CONFIGURATION = """
[checks.negative_data_rejection]
expected-statuses = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "429"]
"""
"""A body that is too large is refused as that, whatever else is wrong with it."""

STREAM = "/v1/requests/{request_id}/events"
"""Goes on for 20 seconds each time; `test_c_rest` follows it."""

NOT_ASKED = "positive_data_acceptance"
"""It repeats an `Idempotency-Key` with another body, which is refused (422) by intent."""


async def test_what_the_document_says_holds(stack: Stack, tmp_path: Path) -> None:
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION)
    script = Path(sys.executable).with_name("schemathesis")
    process = await asyncio.create_subprocess_exec(
        str(script), "run", stack.layout.url("request-intake") + "/openapi.json",
        "--header", f"Authorization: Bearer {key_of(stack, THIRD_TOWN)}",
        "--exclude-path", STREAM,
        "--exclude-checks", NOT_ASKED,
        "--max-examples", "15",
        "--seed", "20261123",
        "--no-color",
        "--warnings", "off",
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await asyncio.wait_for(process.communicate(), 100)
    shown = "\n".join(line[:300] for line in said.decode().splitlines())
    assert process.returncode == 0, shown
    assert "Tested: 9" in " ".join(shown.split()), shown
