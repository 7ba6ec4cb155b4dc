"""Sessions and attempts in the store: nothing readable lies there, and what is over is gone."""

import asyncio
import json
from datetime import timedelta

from console.domain.staff import Role, Staff
from console.login.attempts import ATTEMPTS, Attempts
from console.login.lapse import Limits
from console.login.sessions import SESSIONS, Sessions
from madoguchi.testing.clock import HandClock
from madoguchi.testing.documents import MemoryDocuments

STAFF = Staff("X-1003", frozenset({Role.CLERK, Role.APPROVER}), "990019", "0a" * 32)
NAME, ID_TOKEN = "髙橋　見本子", "eyJhbGciOiJFUzI1NiJ9.e30.c2ln"
LIMITS = Limits(timedelta(minutes=30), timedelta(hours=10))


def _sessions() -> tuple[Sessions, MemoryDocuments, HandClock]:
    documents, clock = MemoryDocuments(), HandClock()
    return Sessions(documents, clock, LIMITS), documents, clock


async def test_a_session_gives_back_who_it_is() -> None:
    sessions, _, _ = _sessions()
    session = await sessions.find(await sessions.begin(STAFF, NAME, ID_TOKEN))
    assert session is not None
    assert (session.staff, session.name, session.id_token) == (STAFF, NAME, ID_TOKEN)
    assert len(session.csrf) == 43


async def test_every_session_has_an_id_and_a_form_secret_of_its_own() -> None:
    sessions, _, _ = _sessions()
    ids = [await sessions.begin(STAFF, NAME, ID_TOKEN) for _ in range(10)]
    found = [await sessions.find(session_id) for session_id in ids]
    assert len(set(ids)) == 10
    assert len({session.csrf for session in found if session}) == 10


async def test_the_store_knows_neither_the_id_nor_whose_it_is() -> None:
    sessions, documents, _ = _sessions()
    session_id = await sessions.begin(STAFF, NAME, ID_TOKEN)
    stored = json.dumps(documents.collections, ensure_ascii=False)
    for secret in (session_id, NAME, "X-1003", "0a" * 32, "clerk", ID_TOKEN, "990019"):
        assert secret not in stored
    (key,) = documents.collections[SESSIONS.name]
    assert await sessions.find(key) is None


async def test_a_session_moved_to_another_id_is_none() -> None:
    sessions, documents, _ = _sessions()
    mine, theirs = [await sessions.begin(STAFF, NAME, ID_TOKEN) for _ in range(2)]
    held = documents.collections[SESSIONS.name]
    first, second = held
    held[first]["sealed"] = held[second]["sealed"]
    assert await sessions.find(mine) is None
    assert await sessions.find(theirs) is not None


async def test_what_is_no_id_finds_nothing() -> None:
    sessions, _, _ = _sessions()
    for wrong in ("", "x", "a" * 43, "é" * 43, "a" * 5000, "a" * 42 + "\x00"):
        assert await sessions.find(wrong) is None
        await sessions.end(wrong)


async def test_it_lasts_while_it_is_used_and_no_longer_than_a_day_of_work() -> None:
    sessions, _, clock = _sessions()
    session_id = await sessions.begin(STAFF, NAME, ID_TOKEN)
    for _ in range(20):
        clock.move(29 * 60)
        assert await sessions.find(session_id) is not None
    clock.move(20 * 60)  # ten hours after it began
    assert await sessions.find(session_id) is None


async def test_it_lapses_when_nobody_comes() -> None:
    sessions, _, clock = _sessions()
    session_id = await sessions.begin(STAFF, NAME, ID_TOKEN)
    clock.move(30 * 60)
    assert await sessions.find(session_id) is None


async def test_many_requests_of_one_browser_are_one_write_a_minute() -> None:
    sessions, documents, clock = _sessions()
    session_id = await sessions.begin(STAFF, NAME, ID_TOKEN)
    clock.move(2 * 60)
    found = await asyncio.gather(*(sessions.find(session_id) for _ in range(8)))
    assert all(found)
    (document,) = documents.collections[SESSIONS.name].values()
    assert document["version"] == 2


async def test_an_ended_session_is_over() -> None:
    sessions, documents, _ = _sessions()
    session_id = await sessions.begin(STAFF, NAME, ID_TOKEN)
    await sessions.end(session_id)
    assert await sessions.find(session_id) is None
    assert documents.collections[SESSIONS.name] == {}


async def test_the_sweep_forgets_what_is_over_and_nothing_else() -> None:
    sessions, documents, clock = _sessions()
    attempts = Attempts(documents, clock)
    await sessions.begin(STAFF, NAME, ID_TOKEN)
    await attempts.begin("browser", "/")
    clock.move(9 * 60)
    kept = await sessions.begin(STAFF, NAME, ID_TOKEN)
    assert (await sessions.forget_lapsed(), await attempts.forget_lapsed()) == (0, 0)
    clock.move(21 * 60)
    assert (await sessions.forget_lapsed(), await attempts.forget_lapsed()) == (1, 1)
    assert await sessions.find(kept) is not None
    assert documents.collections[ATTEMPTS.name] == {}


async def test_an_attempt_is_taken_by_one_only() -> None:
    attempts = Attempts(MemoryDocuments(), HandClock())
    begun = await attempts.begin("browser", "/queue")
    assert await attempts.find(begun.state) == begun
    taken = await asyncio.gather(*(attempts.take(begun) for _ in range(5)))
    assert sorted(taken) == [False] * 4 + [True]
    assert await attempts.find(begun.state) is None
