"""The auditor of the runs with faults, on threads through real processes: all is well, and every damage is found."""

import asyncio
import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chaos.audit import Report, audit
from chaos.evidence import Evidence, gather, lines, narrowed, of_folder
from chaos.plaintext_scan import of_topics
from chaos.public import Page
from e2e.faults import dead
from e2e.inside import Archive
from e2e.outside import TITLES, Thread, comes_true
from e2e.rest import Client
from madoguchi_sandbox.launcher.plan import SANDBOX
from madoguchi_sandbox.launcher.stack import Stack
from madoguchi_sandbox.resident import Resident, arrives, words
from towns import SECOND_TOWN, TOWN

pytestmark = pytest.mark.processes

CHAT_MAIL, API_MAIL = "audited-chat@example.jp", "audited-api@example.jp"


@dataclass(slots=True)
class Diary:
    """What the residents did and saw, in the run's folder."""

    folder: Path

    def write(self, file: str, **facts: Any) -> None:
        path = self.folder / "chaos" / file
        path.parent.mkdir(exist_ok=True)
        with path.open("a", encoding="utf-8") as diary:
            diary.write(json.dumps({"at": datetime.now(UTC).isoformat(), **facts}) + "\n")

    def says(self, thread: str, kind: str, **facts: Any) -> None:
        self.write("diary.jsonl", thread=thread, kind=kind, **facts)

    @contextmanager
    def waits(self, thread: str, name: str) -> Iterator[None]:
        """A wait that ends."""
        began, since = datetime.now(UTC).isoformat(), time.monotonic()
        yield
        self.says(thread, "step", name=name, began=began, seconds=time.monotonic() - since)

    def downloaded(self, thread: str, pdf: bytes) -> None:
        self.says(thread, "downloaded", sha256=hashlib.sha256(pdf).hexdigest())


async def agrees(diary: Diary, name: str, resident: Resident, story: str, email: str | None = None) -> Thread:
    """A chat up to the notice that the request is there."""
    thread = Thread(resident)
    who = {"town": resident.municipality, "user_id": resident.user_id, "email": email, "card": resident.card}
    diary.says(name, "begun", way="chat", story=story, **who)
    await thread.ask(email=email)
    diary.says(name, "consented", event_id=_said_yes(diary.folder, resident.user_id))
    with diary.waits(name, "accepted"):
        await thread.accepted()
    diary.says(name, "accepted", request_id=thread.request_id, status_url=thread.status_url)
    return thread


def _said_yes(folder: Path, user_id: str) -> str:
    """The event of the last 「はい」."""
    acts = [line for line in lines(folder / "sandbox" / "line.jsonl") if line["kind"] == "event"]
    own = (act["event"] for act in acts if act["user_id"] == user_id)
    *_, last = (str(event["webhookEventId"]) for event in own if event.get("message", {}).get("text") == "はい")
    return last


async def plain(diary: Diary, name: str, resident: Resident, stack: Stack) -> None:
    """By chat and mail, to the certificate; notify is killed meanwhile."""
    thread = await agrees(diary, name, resident, "plain", email=CHAT_MAIL)
    await thread.sign()
    diary.says(name, "signed")
    await thread.fee_due()
    await thread.pay()
    diary.says(name, "paid")
    with diary.waits(name, "ready"):
        diary.write("faults.jsonl", kind="kill", target="notify-0", until=None)
        async with dead(stack, "notify"):
            pass
        await thread.ready(within=60)
    for _ in range(2):
        diary.downloaded(name, await thread.certificate())
    diary.says(name, "ended", outcome="ready")


async def cancels(diary: Diary, name: str, resident: Resident) -> None:
    """By chat, taken back after paying."""
    thread = await agrees(diary, name, resident, "cancels")
    await thread.fee_due()
    await thread.pay()
    diary.says(name, "paid")
    await resident.say("やめる")
    await resident.expect_words("取り下げますか")
    await resident.say("はい")
    await resident.expect(lambda message: TITLES.get(words(message).partition("\n")[0]) == "refunded")
    diary.says(name, "cancelled")
    diary.says(name, "ended", outcome="cancelled")


async def by_api(diary: Diary, name: str, api: Client) -> None:
    """By the API and mail, to the certificate."""
    address, key = API_MAIL, f"audit-{name}"
    diary.says(name, "begun", way="api", town=TOWN, story="plain", user_id=None, email=address, card="hanako-good")
    diary.says(name, "consented", idempotency_key=key)
    made = (await api.create(email=address, key=key)).raise_for_status().json()
    diary.says(name, "accepted", request_id=made["request_id"], status_url=made["links"]["status_page"])
    await api.sign(made, "hanako-good")
    diary.says(name, "signed")
    await api.until(made, "fee_due")
    await api.pay(made)
    diary.says(name, "paid")
    with diary.waits(name, "ready"):
        ready = await api.until(made, "ready")
    pdf = (await api.stranger.get(f"{ready['links']['download']}/certificate.pdf")).raise_for_status().content
    diary.downloaded(name, pdf)
    diary.says(name, "ended", outcome="ready")


async def at_rest(stack: Stack) -> None:
    """Everybody was told by mail too: notify may have been killed between the two."""

    async def told() -> bool:
        arrived = of_folder(stack.layout.folder)[0].notices
        return {CHAT_MAIL, API_MAIL} <= {notice.receiver for notice in arrived if notice.kind == "ready"}

    await comes_true(told, within=60)


async def test_three_threads_and_a_killed_service_leave_nothing_to_object_to(
    stack: Stack, archive: Archive, resident: Resident, api: Client
) -> None:
    diary = Diary(stack.layout.folder)
    await by_api(diary, "t000003", api)
    async with arrives(stack.layout.url(SANDBOX), SECOND_TOWN, name="二つ目の町", card="taro-good") as neighbour:
        await asyncio.gather(plain(diary, "t000001", resident, stack), cancels(diary, "t000002", neighbour))
    await at_rest(stack)
    await archive.look(stack)
    found = narrowed(await gather(stack, records=of_topics(archive.records.values())))
    report = audit(found, seed=7)
    assert (report.bad, report.as_json()["evidence"]) == ([], {})
    told = report.as_json()
    assert (told["rung"], told["threads"], told["requests"], told["kills"]) == (stack.layout.rung.value, 3, 3, 1)
    assert told["threads_by_story"] == {"api/plain/ready": 1, "chat/cancels/cancelled": 1, "chat/plain/ready": 1}
    assert all(0 < seconds < 60 for seconds in told["recovery_seconds_p50_p95_max"])
    assert len(found.notices) == 2 * 4 + 5 + 4
    everything_is_found_when_it_is_damaged(found)


def everything_is_found_when_it_is_damaged(found: Evidence) -> None:
    """The same evidence with a defect each."""

    def bad(**changed: Any) -> list[str]:
        report: Report = audit(replace(found, **changed))
        return report.bad

    charges = tuple(movement for movement in found.movements if movement.kind == "charge")
    kept = next(charge for charge in charges if charge.request == found.ledger[0].request)
    forgotten = {request: Page(404) for request in found.pages}
    blind = {request: replace(page, looks=(page.looks or ())[1:]) for request, page in found.pages.items()}
    lying = {request: replace(page, status="issuing") for request, page in found.pages.items()}
    assert bad(notices=found.notices + found.notices[:1]) == ["duplicate_notices_by_channel"]
    assert bad(notices=tuple(notice for notice in found.notices if notice.kind != "ready")) == ["missing_notices"]
    assert bad(movements=charges) == ["unrefunded"]
    assert bad(movements=(*found.movements, kept)) == ["double_charges"]
    assert bad(ledger=found.ledger * 2) == ["duplicate_certificates"]
    assert bad(pages=forgotten) == ["lost"]
    assert bad(pages=blind) == ["missing_access_records"]
    assert bad(pages=lying) == ["stuck"]
    assert bad(pages={}) == ["unanswered"]
