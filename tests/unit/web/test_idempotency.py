"""The same key does a thing once, whatever happens in between."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.store.port import Document
from madoguchi.testing.documents import MemoryDocuments
from madoguchi.web.idempotency import ANSWERS, Answer, Idempotency, fingerprint, parse_key
from madoguchi.web.problems import Problem

START = datetime(2026, 11, 24, tzinfo=UTC)

Act = Callable[[str], Awaitable[Answer]]


class Counter:
    """A door with one act: it counts how often the act ran, and with which reserved value."""

    def __init__(self) -> None:
        self.now = START
        self.documents = MemoryDocuments()
        self.idempotency = Idempotency(self.documents, lambda: self.now)
        self.numbers = itertools.count(1)
        self.acted: list[str] = []

    async def post(
        self,
        key: str = "k",
        content: str = "a",
        tenant: str = "t",
        act: Callable[[str], Awaitable[Answer]] | None = None,
    ) -> Answer:
        return await self.idempotency.once(
            tenant, key, (content,), lambda: f"req_{next(self.numbers)}", act or self.act
        )

    async def act(self, reserved: str) -> Answer:
        self.acted.append(reserved)
        await asyncio.sleep(0)
        return Answer(202, {"id": reserved}, {"Location": f"/v1/requests/{reserved}"})

    async def crash(self, reserved: str) -> Answer:
        self.acted.append(reserved)
        raise asyncio.CancelledError

    async def refused(self, door: Awaitable[Answer]) -> tuple[int, str]:
        with pytest.raises(Problem) as caught:
            await door
        return caught.value.status_code, caught.value.code


@pytest.fixture
def door() -> Counter:
    return Counter()


async def test_the_same_request_gets_the_same_answer(door: Counter) -> None:
    first, again = await door.post(), await door.post()
    assert (first.status, first.body, first.headers) == (again.status, again.body, again.headers)
    assert (first.replayed, again.replayed) == (False, True)
    assert door.acted == ["req_1"]
    assert again.response().headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.response().headers


async def test_other_keys_and_other_tenants_act_for_themselves(door: Counter) -> None:
    await door.post("k1")
    await door.post("k2")
    await door.post("k1", tenant="u")
    await door.post("1", tenant="tk")
    assert len(door.acted) == 4


async def test_the_same_key_with_other_content_is_refused(door: Counter) -> None:
    await door.post(content="a")
    assert await door.refused(door.post(content="b")) == (422, "idempotency_key_reused")
    assert len(door.acted) == 1


async def test_at_the_same_time_one_acts_and_the_others_are_told_to_wait(door: Counter) -> None:
    results = await asyncio.gather(*(door.post() for _ in range(8)), return_exceptions=True)
    problems = [result for result in results if isinstance(result, Problem)]
    assert len(door.acted) == 1
    assert {problem.code for problem in problems} == {"idempotency_key_in_use"}
    assert {problem.status_code for problem in problems} == {409}
    assert all(problem.headers and problem.headers["Retry-After"] for problem in problems)


async def test_a_crash_does_not_block_for_ever_and_the_same_value_is_reserved(door: Counter) -> None:
    with pytest.raises(asyncio.CancelledError):
        await door.post(act=door.crash)
    door.now += timedelta(seconds=29)
    assert await door.refused(door.post()) == (409, "idempotency_key_in_use")
    door.now += timedelta(seconds=1)
    assert (await door.post()).body == {"id": "req_1"}
    assert door.acted == ["req_1", "req_1"]
    assert (await door.post()).replayed


async def test_after_a_crash_one_of_many_takes_over(door: Counter) -> None:
    with pytest.raises(asyncio.CancelledError):
        await door.post(act=door.crash)
    door.now += timedelta(minutes=1)
    await asyncio.gather(*(door.post() for _ in range(8)), return_exceptions=True)
    assert door.acted == ["req_1", "req_1"]


async def test_an_error_lets_the_next_try_act_at_once_with_the_same_value(door: Counter) -> None:
    async def fail(reserved: str) -> Answer:
        door.acted.append(reserved)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await door.post(act=fail)
    assert (await door.post()).body == {"id": "req_1"}
    assert await door.refused(door.post(content="b")) == (422, "idempotency_key_reused")


async def test_a_refusal_frees_the_key(door: Counter) -> None:
    async def refuse(_: str) -> Answer:
        raise Problem(422, "my_number_refused")

    assert await door.refused(door.post(act=refuse)) == (422, "my_number_refused")
    assert (await door.post(content="corrected")).body == {"id": "req_2"}


async def test_who_was_too_slow_still_gets_an_answer_and_one_is_stored(door: Counter) -> None:
    async def slow(reserved: str) -> Answer:
        door.now += timedelta(minutes=1)
        await door.post()
        return await door.act(reserved)

    assert (await door.post(act=slow)).body == {"id": "req_1"}
    assert (await door.post()).body == {"id": "req_1"}
    assert door.acted == ["req_1", "req_1"]


async def test_answers_are_kept_for_at_least_two_days_and_then_forgotten(door: Counter) -> None:
    await door.post()
    door.now += timedelta(hours=48)
    assert (await door.post()).replayed
    assert await door.idempotency.forget_expired() == 0
    door.now += timedelta(hours=24)
    assert (await door.post(content="anything")).body == {"id": "req_3"}  # the repeat had reserved the second
    door.now += timedelta(hours=72)
    assert await door.idempotency.forget_expired() == 1
    assert door.documents.collections[ANSWERS.name] == {}


async def test_the_caller_says_what_is_kept(door: Counter) -> None:
    class OnlyTheId:
        async def keep(self, answer: Answer, reserved: str) -> Document:
            return {"status": answer.status}

        async def give(self, kept: Document, reserved: str) -> Answer:
            return Answer(kept["status"], {"id": reserved, "name": "read again"})

    async def act(reserved: str) -> Answer:
        return Answer(202, {"id": reserved, "name": "見本 花子"})

    door.idempotency = Idempotency(door.documents, lambda: door.now, OnlyTheId())
    await door.post(act=act)
    assert (await door.post()).body == {"id": "req_1", "name": "read again"}
    assert "花子" not in str(door.documents.collections)


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ('"8e03978e-40d5"', "8e03978e-40d5"),
        ("8e03978e-40d5", "8e03978e-40d5"),
        (' "a b" ', "a b"),
        (r'"a\"b\\c"', r'a"b\c'),
        ('"abc";v=1', "abc"),
        ("x" * 255, "x" * 255),
    ],
)
def test_a_key_is_a_structured_string_or_bare(header: str, key: str) -> None:
    assert parse_key(header) == key


@pytest.mark.parametrize("header", [None, "", "  "])
def test_a_missing_key_is_said_to_be_missing(header: str | None) -> None:
    with pytest.raises(Problem) as caught:
        parse_key(header)
    assert (caught.value.status_code, caught.value.code) == (400, "idempotency_key_missing")


@pytest.mark.parametrize(
    "header", ['""', '"a', 'a"', "a b", "a,b", '"鍵"', "鍵", "x" * 256, '"a\\b"', '"a" "b"', "a\tb"]
)
def test_a_malformed_key_is_said_to_be_malformed(header: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_key(header)
    assert (caught.value.status_code, caught.value.code) == (400, "idempotency_key_malformed")


@given(st.text(max_size=300))
def test_any_header_gives_a_key_or_a_400(header: str) -> None:
    try:
        key = parse_key(header)
    except Problem as problem:
        key = problem.code.removeprefix("idempotency_key_")
    assert 0 < len(key) <= 255


def test_fingerprints_differ_by_key_route_and_content() -> None:
    one = fingerprint(b"k", "POST", "/v1/requests", b"{}")
    assert one == fingerprint(b"k", "POST", "/v1/requests", b"{}")
    others = [(b"l", "POST", "/v1/requests", b"{}"), (b"k", "PUT", "/v1/requests", b"{}")]
    others += [(b"k", "POST", "/v1/request", b"{}"), (b"k", "POST", "/v1/requests", b"{ }")]
    assert one not in {fingerprint(*other) for other in others}


async def test_a_repeat_is_known_while_the_key_of_fingerprints_changes(door: Counter) -> None:
    async def post(*prints: str) -> Answer:
        return await door.idempotency.once("t", "k", prints, lambda: f"req_{next(door.numbers)}", door.act)

    first = await post("old")
    assert (await post("new", "old")).body == first.body
    assert (await post("old", "new")).replayed
    assert await door.refused(post("new")) == (422, "idempotency_key_reused")
    assert await door.refused(post("other", "another")) == (422, "idempotency_key_reused")
    assert len(door.acted) == 1
