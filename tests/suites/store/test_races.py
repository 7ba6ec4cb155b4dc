"""Many at once: every compare-and-set has one winner, nothing is lost, nobody is held up by another's error."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from madoguchi.store.port import Collection, Documents, DuplicateKey, Index, StaleVersion

COUNTERS = Collection("counters", (Index("ticket", unique=True),))
WRITERS = 50
VERSIONS = 300


async def increment(documents: Documents, key: str) -> None:
    while True:
        present = await documents.get(COUNTERS, key)
        assert present is not None
        after = {**present, "version": present["version"] + 1, "value": present["value"] + 1}
        try:
            return await documents.replace(COUNTERS, after)
        except StaleVersion:
            continue


async def test_fifty_increments_at_once_are_fifty(documents: Documents) -> None:
    await documents.prepare([COUNTERS])
    await documents.insert(COUNTERS, {"_id": "a", "version": 1, "value": 0})
    await asyncio.gather(*(increment(documents, "a") for _ in range(WRITERS)))
    assert await documents.get(COUNTERS, "a") == {"_id": "a", "version": WRITERS + 1, "value": WRITERS}


async def test_fifty_increments_through_three_connections_are_fifty(connect: Any) -> None:
    async with AsyncExitStack() as stack:
        connections = [await stack.enter_async_context(connect()) for _ in range(3)]
        await asyncio.gather(*(connection.prepare([COUNTERS]) for connection in connections))
        await connections[0].insert(COUNTERS, {"_id": "a", "version": 1, "value": 0})
        await asyncio.gather(*(increment(connections[n % 3], "a") for n in range(WRITERS)))
        found = await connections[1].get(COUNTERS, "a")
    assert found is not None
    assert found["value"] == WRITERS


async def test_a_reader_sees_whole_versions_only(connect: Any) -> None:
    names = [f"field{n}" for n in range(40)]

    def version(number: int) -> dict[str, Any]:
        return {"_id": "a", "version": number, "ticket": "t", **dict.fromkeys(names, number)}

    async def read(documents: Documents) -> None:
        seen = 0
        while seen < VERSIONS:
            got, *found = await documents.get(COUNTERS, "a"), *await documents.find(COUNTERS, equal={"ticket": "t"})
            assert got is not None
            for document in (got, *found, *await documents.scan(COUNTERS)):
                assert document == version(document["version"])
                assert document["version"] >= seen
                seen = document["version"]

    async with AsyncExitStack() as stack:
        connections = [await stack.enter_async_context(connect()) for _ in range(3)]
        await connections[0].prepare([COUNTERS])
        await connections[0].insert(COUNTERS, version(1))
        async with asyncio.TaskGroup() as tasks:
            for n in range(12):
                tasks.create_task(read(connections[n % 3]))
            for number in range(2, VERSIONS + 1):
                await connections[0].replace(COUNTERS, version(number))


async def test_of_fifty_replaces_of_one_version_one_wins(documents: Documents) -> None:
    await documents.prepare([COUNTERS])
    await documents.insert(COUNTERS, {"_id": "a", "version": 1, "value": -1})
    writes = (documents.replace(COUNTERS, {"_id": "a", "version": 2, "value": n}) for n in range(WRITERS))
    results = await asyncio.gather(*writes, return_exceptions=True)
    winners = [n for n, result in enumerate(results) if result is None]
    assert len(winners) == 1
    assert all(isinstance(result, StaleVersion) for result in results if result is not None)
    assert await documents.get(COUNTERS, "a") == {"_id": "a", "version": 2, "value": winners[0]}


@pytest.mark.parametrize("field", ["_id", "ticket"])
async def test_of_fifty_inserts_of_one_key_one_wins(documents: Documents, field: str) -> None:
    await documents.prepare([COUNTERS])
    writes = (
        documents.insert(COUNTERS, {"_id": f"n{n}", "version": 1, "ticket": f"t{n}", "value": n, field: "same"})
        for n in range(WRITERS)
    )
    results = await asyncio.gather(*writes, return_exceptions=True)
    assert sum(result is None for result in results) == 1
    assert sum(isinstance(result, DuplicateKey) for result in results) == WRITERS - 1
    assert len(await documents.find(COUNTERS)) == 1


async def test_errors_of_some_do_not_hurt_the_others(documents: Documents) -> None:
    await documents.prepare([COUNTERS])
    await documents.insert(COUNTERS, {"_id": "taken", "version": 1})
    results = await asyncio.gather(
        *(
            write
            for n in range(WRITERS)
            for write in (
                documents.insert(COUNTERS, {"_id": f"n{n:02d}", "version": 1}),
                documents.insert(COUNTERS, {"_id": "taken", "version": 1}),
                documents.replace(COUNTERS, {"_id": "absent", "version": 2}),
            )
        ),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [type(None), DuplicateKey, StaleVersion] * WRITERS
    assert len(await documents.find(COUNTERS, limit=1_000)) == WRITERS + 1


async def test_a_cancelled_caller_leaves_the_store_in_order(documents: Documents) -> None:
    await documents.prepare([COUNTERS])
    tasks = [
        asyncio.create_task(documents.insert(COUNTERS, {"_id": f"n{n:02d}", "version": 1})) for n in range(WRITERS)
    ]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    stored = {found["_id"] for found in await documents.find(COUNTERS)}
    assert {f"n{n:02d}" for n, result in enumerate(results) if result is None} <= stored
    await documents.ping()
