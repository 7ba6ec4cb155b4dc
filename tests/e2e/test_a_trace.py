"""Every act of a resident is one trace, from the webhook (or page) over all topics to the notice in the thread; and the
logs lead there: JSON, with trace id and request id."""

import asyncio
import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from e2e.outside import Thread, comes_true
from madoguchi.contracts.flow import SERVICES
from madoguchi_sandbox.launcher.stack import Stack
from madoguchi_sandbox.resident import Resident

pytestmark = pytest.mark.processes

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """What the services wrote: spans by trace id, and log lines."""

    folder: Path

    def spans(self, trace_id: str) -> list[Line]:
        found: dict[str, list[Line]] = defaultdict(list)
        for path in sorted((self.folder / "traces").glob("*.jsonl")):
            for line in path.read_text("utf-8").splitlines():
                span = json.loads(line)
                found[span["context"]["trace_id"].removeprefix("0x")].append(span)
        return found[trace_id]

    def steps(self, trace_id: str) -> set[tuple[str, str]]:
        """Service and name of each span."""
        return {(span["resource"]["attributes"]["service.name"], span["name"]) for span in self.spans(trace_id)}

    def lines(self, service: str) -> list[Line]:
        path = self.folder / "logs" / f"{service}.log"
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]

    def trace_of(self, service: str, event: str, request_id: str, **more: str) -> str:
        """The trace in which a service logged that."""
        wanted = {"event": event, "request_id": request_id, **more}
        (line, *_) = [line for line in self.lines(service) if wanted.items() <= line.items()]
        return str(line["trace_id"])

    async def until(self, trace_id: str, *steps: tuple[str, str]) -> list[Line]:
        """The spans of a trace once it has these steps."""

        async def there() -> bool:
            return set(steps) <= await asyncio.to_thread(self.steps, trace_id)

        try:
            await comes_true(there)
        except Exception:
            assert set(steps) - self.steps(trace_id) == set(), sorted(self.steps(trace_id))
            raise
        return self.spans(trace_id)


def one_tree(spans: list[Line]) -> Line:
    """The root. Every other span has its parent in the same trace."""
    known = {span["context"]["span_id"] for span in spans}
    (root,) = [span for span in spans if span["parent_id"] not in known]
    assert root["parent_id"] is None
    return root


def passes(topic: str, writer: str, *readers: str) -> list[tuple[str, str]]:
    """A message on its way."""
    return [(writer, f"send madoguchi.{topic}.v1"), *((reader, f"process madoguchi.{topic}.v1") for reader in readers)]


@pytest.fixture
async def thread(resident: Resident) -> Thread:
    """A whole one."""
    thread = Thread(resident)
    await thread.ask()
    await thread.accepted()
    await thread.sign()
    await thread.fee_due()
    await thread.pay()
    await thread.ready()
    return thread


async def test_each_act_is_one_trace_as_far_as_the_notice(thread: Thread, stack: Stack) -> None:
    told, request = Told(stack.layout.folder), thread.request_id
    notice = [("notify", "deliver line"), *passes("notify", "notify", "request-intake")]

    asked = told.trace_of("request-intake", "request_accepted", request)
    spans = await told.until(
        asked,
        ("request-intake", "answer chat"),
        *passes("requests", "request-intake", "identity", "issuance", "notify"),
        *notice,
    )
    assert one_tree(spans)["name"] == "POST /line/webhook/{municipality}"

    signed = told.trace_of("request-intake", "evidence_handed_in", request)
    spans = await told.until(
        signed,
        *passes("requests", "request-intake", "identity", "notify"),
        *passes("identity", "identity", "issuance", "request-intake"),
        *passes("issuance", "issuance", "request-intake"),
        *notice,
    )
    assert one_tree(spans)["kind"] == "SpanKind.SERVER"

    issued = told.trace_of("issuance", "step_done", request, step="issue")
    spans = await told.until(
        issued,
        *passes("requests", "request-intake", "issuance"),
        *passes("issuance", "issuance", "request-intake", "notify"),
        *notice,
    )
    root = one_tree(spans)
    assert (root["kind"], root["resource"]["attributes"]["service.name"]) == ("SpanKind.SERVER", "request-intake")


async def test_logs_are_json_and_lead_to_the_trace(thread: Thread, stack: Stack) -> None:
    told = Told(stack.layout.folder)
    for service in SERVICES:
        lines = told.lines(service)
        assert all({"event", "level", "timestamp", "service"} <= line.keys() for line in lines)
        handling = [line for line in lines if "event_type" in line and line.get("request_id") == thread.request_id]
        assert all(len(line["trace_id"]) == 32 and len(line["span_id"]) == 16 for line in handling), service
    delivered = [line for line in told.lines("notify") if line["event"] == "notice_tried"]
    mine = [line for line in delivered if line["request_id"] == thread.request_id]
    assert len(mine) >= 4
    assert all("trace_id" in line for line in mine)
