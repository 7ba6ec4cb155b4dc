"""What the store port promises, the same on every rung."""

from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from madoguchi.store.port import Collection, Documents, DuplicateKey, Index, StaleVersion

THINGS = Collection("things", (Index("due_at"), Index("kind"), Index("size"), Index("ticket", unique=True)))


def thing(key: str, version: int = 1, /, **fields: Any) -> dict[str, Any]:
    return {"_id": key, "version": version, **fields}


@pytest.fixture(autouse=True)
async def prepared(documents: Documents) -> None:
    await documents.prepare([THINGS])


async def keys(documents: Documents, **query: Any) -> list[str]:
    return [found["_id"] for found in await documents.find(THINGS, **query)]


async def test_what_is_inserted_comes_back_as_it_was(documents: Documents) -> None:
    values: dict[str, Any] = {
        "text": "髙橋・𠮷野 \U000e0100",
        "none": None,
        "yes": True,
        "big": 2**53,
        "half": 0.5,
        "list": [{"a": []}],
    }
    await documents.insert(THINGS, thing("a", **values, nested={"x.y": {"z": "'\"\\"}}))
    assert await documents.get(THINGS, "a") == thing("a", **values, nested={"x.y": {"z": "'\"\\"}})


async def test_what_was_never_stored_is_none(documents: Documents) -> None:
    assert await documents.get(THINGS, "nobody") is None
    assert await documents.find(THINGS) == []


async def test_a_second_insert_of_an_id_is_refused_and_changes_nothing(documents: Documents) -> None:
    await documents.insert(THINGS, thing("a", kind="first"))
    with pytest.raises(DuplicateKey):
        await documents.insert(THINGS, thing("a", kind="second"))
    assert await documents.get(THINGS, "a") == thing("a", kind="first")


async def test_replace_wants_the_version_before(documents: Documents) -> None:
    await documents.insert(THINGS, thing("a"))
    await documents.replace(THINGS, thing("a", 2, kind="new"))
    assert await documents.get(THINGS, "a") == thing("a", 2, kind="new")
    for wrong in (1, 2, 4):
        with pytest.raises(StaleVersion):
            await documents.replace(THINGS, thing("a", wrong))
    assert await documents.get(THINGS, "a") == thing("a", 2, kind="new")


async def test_replace_never_makes_a_document(documents: Documents) -> None:
    with pytest.raises(StaleVersion):
        await documents.replace(THINGS, thing("a", 1))
    assert await documents.get(THINGS, "a") is None


async def test_a_whole_collection_is_walked_through_page_by_page(documents: Documents) -> None:
    other = Collection("other_things")
    await documents.prepare([other])
    await documents.insert(other, thing("z"))
    names = ["req_b", "req_a", "line:c", "req_aa", "Z"]
    for name in names:
        await documents.insert(THINGS, thing(name, 3, kind=name))
    seen: list[dict[str, Any]] = []
    while page := await documents.scan(THINGS, seen[-1]["_id"] if seen else "", 2):
        assert len(page) <= 2
        seen += page
    assert seen == [thing(name, 3, kind=name) for name in sorted(names)]
    assert {"other_things", "things"} <= set(await documents.names())


async def test_delete_says_whether_there_was_one(documents: Documents) -> None:
    await documents.insert(THINGS, thing("a"))
    assert await documents.delete(THINGS, "a") is True
    assert await documents.delete(THINGS, "a") is False
    assert await documents.get(THINGS, "a") is None
    with pytest.raises(StaleVersion):
        await documents.replace(THINGS, thing("a", 2))


async def test_a_unique_field_is_held_by_one_document(documents: Documents) -> None:
    await documents.insert(THINGS, thing("a", ticket="t1"))
    with pytest.raises(DuplicateKey):
        await documents.insert(THINGS, thing("b", ticket="t1"))
    await documents.insert(THINGS, thing("b", ticket="t2"))
    with pytest.raises(DuplicateKey):
        await documents.replace(THINGS, thing("b", 2, ticket="t1"))
    assert await keys(documents, equal={"ticket": "t1"}) == ["a"]
    await documents.replace(THINGS, thing("a", 2, ticket="t3"))
    await documents.replace(THINGS, thing("b", 2, ticket="t1"))
    assert await keys(documents, equal={"ticket": "t1"}) == ["b"]


async def test_absent_and_null_do_not_clash_in_a_unique_field(documents: Documents) -> None:
    for key in ("a", "b"):
        await documents.insert(THINGS, thing(key))
    for key in ("c", "d"):
        await documents.insert(THINGS, thing(key, ticket=None))
    await documents.replace(THINGS, thing("a", 2, ticket=None))
    assert await keys(documents) == ["a", "b", "c", "d"]


async def test_a_refusal_names_no_value(documents: Documents) -> None:
    await documents.insert(THINGS, thing("a", ticket="secret"))
    with pytest.raises(DuplicateKey) as refused:
        await documents.insert(THINGS, thing("b", ticket="secret"))
    assert "secret" not in repr(refused.value)
    assert refused.value.__cause__ is None


async def test_find_by_equal_fields(documents: Documents) -> None:
    await documents.insert(THINGS, thing("a", kind="x", size=1))
    await documents.insert(THINGS, thing("b", kind="x", size=2))
    await documents.insert(THINGS, thing("c", kind="y", size=2))
    await documents.insert(THINGS, thing("d", size=2))
    assert await keys(documents, equal={"kind": "x"}) == ["a", "b"]
    assert await keys(documents, equal={"kind": "x", "size": 2}) == ["b"]
    assert await keys(documents, equal={"kind": None}) == ["d"]
    assert await keys(documents, equal={"_id": "c"}) == ["c"]
    assert await keys(documents, equal={"size": "2"}) == []
    assert await keys(documents, equal={"kind": "' OR 1=1 --"}) == []


async def test_find_at_most_is_ordered_and_leaves_out_absent_and_null(documents: Documents) -> None:
    for key, due in {"a": "2026-03", "b": "2026-01", "c": None, "d": "2026-02", "f": "2027-01"}.items():
        await documents.insert(THINGS, thing(key, due_at=due))
    await documents.insert(THINGS, thing("e"))
    assert await keys(documents, at_most=("due_at", "2026-03"), order_by="due_at") == ["b", "d", "a"]
    assert await keys(documents, at_most=("due_at", "2026-03"), order_by="due_at", limit=2) == ["b", "d"]
    assert await keys(documents, at_most=("due_at", "2025"), order_by="due_at") == []


async def test_numbers_are_ordered_as_numbers(documents: Documents) -> None:
    for key, size in {"a": 10, "b": 9, "c": 100}.items():
        await documents.insert(THINGS, thing(key, size=size, kind="k"))
    assert await keys(documents, at_most=("size", 10), equal={"kind": "k"}, order_by="size") == ["b", "a"]
    assert await keys(documents, order_by="size") == ["b", "a", "c"]


async def test_find_follows_what_replace_changes(documents: Documents) -> None:
    await documents.insert(THINGS, thing("a", due_at="2026"))
    await documents.replace(THINGS, thing("a", 2))
    assert await keys(documents, at_most=("due_at", "9"), order_by="due_at") == []


@pytest.mark.parametrize(
    "query",
    [
        {"equal": {"colour": "red"}},
        {"at_most": ("colour", "x"), "order_by": "colour"},
        {"order_by": "colour"},
        {"at_most": ("size", 1), "order_by": "due_at"},
        {"limit": 0},
    ],
)
async def test_a_query_that_no_index_serves_is_refused(documents: Documents, query: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"index|ordered|limit"):
        await documents.find(THINGS, **query)


async def test_counting_is_finding_and_ends_at_the_limit(documents: Documents) -> None:
    for number in range(5):
        await documents.insert(THINGS, thing(f"a{number}", kind="k", due_at=f"2026-0{number + 1}"))
    await documents.insert(THINGS, thing("b", kind="l"))
    assert await documents.count(THINGS, equal={"kind": "k"}) == 5
    assert await documents.count(THINGS, equal={"kind": "k"}, limit=3) == 3
    assert await documents.count(THINGS, at_most=("due_at", "2026-02")) == 2
    assert await documents.count(THINGS, equal={"kind": "k"}, at_most=("due_at", "2026-03")) == 3
    assert await documents.count(THINGS, equal={"kind": "m"}) == 0


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"equal": {}},
        {"equal": {"kind": None}},
        {"equal": {"colour": "red"}},
        {"at_most": ("due_at", "x"), "limit": 0},
    ],
)
async def test_a_count_of_everything_is_refused(documents: Documents, query: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"index|limit"):
        await documents.count(THINGS, **query)


async def test_prepare_may_be_repeated_and_adds_what_is_new(documents: Documents) -> None:
    await documents.insert(THINGS, thing("a", colour="red"))
    more = Collection("things", (*THINGS.indexes, Index("colour")))
    await documents.prepare([more, THINGS])
    assert [found["_id"] for found in await documents.find(more, equal={"colour": "red"})] == ["a"]


async def test_collections_are_apart(documents: Documents) -> None:
    other = Collection("others")
    await documents.prepare([other])
    await documents.insert(THINGS, thing("a"))
    await documents.insert(other, thing("a", kind="other"))
    assert await documents.get(THINGS, "a") == thing("a")


async def test_it_answers_a_ping(documents: Documents) -> None:
    await documents.ping()


async def test_what_was_stored_is_there_after_opening_again(connect: Any) -> None:
    async with connect() as first:
        await first.prepare([THINGS])
        await first.insert(THINGS, thing("kept", kind="x"))
    async with connect() as second:
        assert await second.find(THINGS, equal={"kind": "x"}) == [thing("kept", kind="x")]


async def test_a_write_is_seen_at_once_through_another_connection(documents: Documents, connect: Any) -> None:
    opening: AbstractAsyncContextManager[Documents] = connect()
    async with opening as other:
        await documents.insert(THINGS, thing("a"))
        assert await other.get(THINGS, "a") == thing("a")
        await other.replace(THINGS, thing("a", 2))
        assert await documents.get(THINGS, "a") == thing("a", 2)
