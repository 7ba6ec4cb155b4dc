"""After everything else: nobody was told anything twice, and no personal data lies anywhere in clear."""

import base64
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest

from chaos.plaintext_scan import OUTSIDE, REGISTER, of_topics
from e2e.databases import documents, stored
from e2e.inside import Archive, files
from e2e.outside import told
from e2e.plaintext import Hit, Scanner, forms, of_resident
from madoguchi.bus.dead_letters import is_marker
from madoguchi_sandbox.launcher.plan import SANDBOX, Rung
from madoguchi_sandbox.launcher.stack import Stack
from madoguchi_sandbox.register import population
from towns import SECOND_TOWN, THIRD_TOWN, TOWN

TOWNS = (TOWN, SECOND_TOWN, THIRD_TOWN)
NOT_OURS = (*OUTSIDE, *(f"secrets/{town}/{REGISTER}" for town in TOWNS))
"""What is not ours to seal: the outside world's own files, the town's register."""
AGAIN = {"proof_needed", "proof_rejected"}
"""Notices of which there is one for each try."""
NUMBERS = ("1234-5678-9018", "123456789018", "１２３４ ５６７８ ９０１８")
"""My Numbers that residents sent."""


def planted(form: str, text: str) -> bytes:
    """`text` in that form, in the middle of something."""
    if form.startswith("base64"):
        encode = base64.urlsafe_b64encode if form.startswith("base64url") else base64.b64encode
        return encode(b"x" * (int(form[-1]) + 3) + text.encode() + b" and more")
    return b"0;" + dict(forms(text))[form] + b";0"


PLANTED = [("name", "例野　花子"), ("address", "見本町一丁目11番1号"), ("email", "hanako.r@example.jp")]


@pytest.mark.parametrize(
    ("kind", "text", "form"), [(kind, text, form) for kind, text in PLANTED for form, _ in forms(text)]
)
def test_the_scanner_finds_what_is_planted(kind: str, text: str, form: str) -> None:
    found = Scanner([(kind, text)]).scan(b"\0" * 13 + planted(form, text))
    assert Hit(kind, form, text) in found


@pytest.mark.parametrize("written", ["1991-04-12", "419910412", "1991/04/12", "平成3年4月12日", "1991年4月12日"])
def test_the_scanner_finds_a_birth_date_however_it_is_written(written: str) -> None:
    hanako = next(resident for resident in population() if resident.name == "例野　花子")
    scanner = Scanner(of_resident(hanako))
    assert scanner.scan(f'{{"birth":"{written}"}}'.encode())
    assert not scanner.scan(b'{"time":1796419910412000,"name":"\xe4\xbe\x8b"}')
    assert not scanner.scan(b'{"span_id":"0x7efb419910412acb"}')
    assert scanner.scan(b'{"born":"a419910412b"}')


def test_the_scanner_finds_base64url() -> None:
    text = "？？？花子＞＞＞"
    assert Scanner([("name", text)]).scan(base64.urlsafe_b64encode(text.encode()))


async def control(stack: Stack, path: str, **query: str) -> list[dict[str, object]]:
    """What the sandbox knows."""
    async with httpx.AsyncClient(timeout=30) as http:
        answer = await http.get(f"{stack.layout.url(SANDBOX)}{path}", params=query)
    return list(answer.raise_for_status().json())


@pytest.mark.processes
async def test_in_the_whole_session_nobody_was_told_anything_twice(stack: Stack) -> None:
    count: Counter[tuple[str, str]] = Counter()
    for town in TOWNS:
        for user in await control(stack, "/line/_control/users", municipality=town):
            path = f"/line/_control/users/{user['user_id']}/thread"
            count.update(told(await control(stack, path, municipality=town)))
    assert len(count) > 50
    assert not [key for key, times in count.items() if times > 1 and key[0] not in AGAIN]
    mails = Counter(str(mail["message_id"]) for mail in await control(stack, "/mail/_control/messages"))
    assert len(mails) > 20
    assert not [message for message, times in mails.items() if times > 1]


@pytest.mark.processes
async def test_in_the_whole_session_nothing_was_charged_or_issued_twice(stack: Stack) -> None:
    async with httpx.AsyncClient(timeout=30) as http:
        books = (await http.get(f"{stack.layout.url(SANDBOX)}/pay/_control/books")).raise_for_status().json()
    for kind in ("charges", "refunds"):
        times = Counter(entry["payment_id"] for entry in books[kind])
        assert set(times.values()) == {1}
    issued = Counter(str(entry["state"]["request_id"]) for entry in stored(stack, "issuance", "ledger"))
    assert len(issued) > 10
    assert set(issued.values()) == {1}


@pytest.mark.processes
async def test_in_the_whole_session_no_event_was_given_up_but_those_that_an_operator_settled(
    stack: Stack, archive: Archive
) -> None:
    await archive.look(stack)
    aside = [record for record in archive.records.values() if record.topic.endswith(".dead-letter")]
    settled = {(record.topic, record.key) for record in aside if is_marker(record)}
    lost = [record for record in aside if (record.topic, record.key) not in settled]
    assert not [(record.topic, record.header("ce_type"), record.header("error")) for record in lost]


async def wanted(stack: Stack) -> list[tuple[str, str]]:
    """Everything that must not be found."""
    found = [pair for resident in population() for pair in of_resident(resident)]
    for town in TOWNS:
        users = await control(stack, "/line/_control/users", municipality=town)
        found += [("chat user", str(user["user_id"])) for user in users]
    mails = await control(stack, "/mail/_control/messages")
    found += [("email", str(mail["to"])) for mail in mails if str(mail["to"]).endswith("@example.jp")]
    return found + [("my number", number) for number in NUMBERS] + [("name", "見本 花子")]


def seen(stack: Stack, archive: Archive) -> Iterator[tuple[str, bytes]]:
    """Every file and every record, with where it is."""
    for path in files(stack, *NOT_OURS):
        yield path.relative_to(stack.layout.folder).as_posix(), path.read_bytes()
    yield "databases", "\n".join(documents(stack)).encode()  # a text may lie across pages of the file
    yield from of_topics(archive.records.values())


@pytest.mark.processes
async def test_no_personal_data_in_clear_in_any_file_or_on_any_topic(stack: Stack, archive: Archive) -> None:
    await archive.look(stack)
    looked_for = await wanted(stack)
    scanner = Scanner(looked_for)
    places = list(seen(stack, archive))
    names = {where.split("/")[0] for where, _ in places}
    assert stack.layout.rung is Rung.ELSEWHERE or "data" in names
    assert names >= {"logs", "traces", "secrets", "municipalities", "databases", "madoguchi.requests.v1"}
    assert {kind for kind, _ in looked_for} == {"name", "address", "birth date", "chat user", "email", "my number"}
    at_home = [path.read_bytes() for path in files(stack) if path.match("sandbox/*.jsonl")]
    at_home.append((stack.layout.folder / "secrets" / TOWN / "register.sqlite").read_bytes()[-64 * 1024 :])
    assert {hit.kind for data in at_home for hit in scanner.scan(data)} >= {"name", "birth date", "chat user", "email"}
    hits = {(where, hit.kind, hit.form) for where, data in places for hit in scanner.scan(data)}
    assert not hits
