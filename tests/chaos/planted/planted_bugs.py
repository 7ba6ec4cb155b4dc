"""Bugs to be planted into a service, one at a time, so that the auditor has something to find."""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from typing import Any

LATER = 1.0
"""Seconds between an act and what should have come before it: wide enough to be killed in."""


def plant(bug: str) -> None:
    """Change the classes of this process. Raises `KeyError` for a bug that is not known."""
    BUGS[bug]()


def commit_before_save() -> None:
    """Whoever writes is told that it is saved when it is only in memory: answers, offsets, events go out too soon."""
    from madoguchi.store.sqlite import SqliteDocuments

    behind: dict[tuple[str, str], dict[str, Any]] = {}
    writing: set[asyncio.Task[None]] = set()
    insert, replace, get = SqliteDocuments.insert, SqliteDocuments.replace, SqliteDocuments.get

    def soon(write: Callable[..., Any], self: Any, collection: Any, document: dict[str, Any]) -> None:
        key = (collection.name, document["_id"])
        behind[key] = document

        async def work() -> None:
            await asyncio.sleep(LATER)
            await write(self, collection, document)
            if behind.get(key) is document:
                del behind[key]

        task = asyncio.create_task(work())
        writing.add(task)
        task.add_done_callback(writing.discard)

    async def insert_soon(self: Any, collection: Any, document: dict[str, Any]) -> None:
        if collection.name != "requests":
            await insert(self, collection, document)
        else:
            soon(insert, self, collection, document)

    async def replace_soon(self: Any, collection: Any, document: dict[str, Any]) -> None:
        if (collection.name, document["_id"]) in behind:
            soon(replace, self, collection, document)
        else:
            await replace(self, collection, document)

    async def get_now(self: Any, collection: Any, key: str) -> Any:
        return behind.get((collection.name, key)) or await get(self, collection, key)

    for name, changed in (("insert", insert_soon), ("replace", replace_soon), ("get", get_now)):
        _change(SqliteDocuments, name, changed)


def publish_before_save() -> None:
    """An event is published before the state that it follows from is saved."""
    from madoguchi.bus.producer import Producer
    from madoguchi.store.aggregates import Aggregates

    producers: list[Any] = []
    save, enter = Aggregates._save, Producer.__aenter__

    async def remembered(self: Any) -> Any:
        producers.append(self)
        return await enter(self)

    async def published_first(self: Any, key: str, present: Any, change: Any, consumed: Any) -> Any:
        if change.emit and self.collection.name == "requests":
            await producers[0].send(change.emit)
            await asyncio.sleep(LATER)
        return await save(self, key, present, change, consumed)

    _change(Producer, "__aenter__", remembered)
    _change(Aggregates, "_save", published_first)


def certificate_id_by_chance() -> None:
    """Each try to make a certificate gives it another number."""
    from issuance.domain import outcomes
    from issuance.handlers import issuing
    from madoguchi.store.aggregates import Aggregates

    begun, number_of, apply = outcomes.begun, vars(issuing)["number_of"], Aggregates.apply

    def by_chance(*said: Any) -> str:
        return f"{number_of(*said)[:-6]}{''.join(secrets.choice('0123456789ABCDEFGHJK') for _ in range(6))}"

    def begun_anew(fresh: Any, now: Any) -> Any:
        def decide(case: Any) -> Any:
            return begun(fresh, now)(None if case is None else case.model_copy(update={"issuing": None}))

        return decide

    async def applied_slowly(self: Any, *what: Any, **more: Any) -> Any:
        after = await apply(self, *what, **more)
        await asyncio.sleep(LATER if self.collection.name == "ledger" else 0)
        return after

    _change(issuing, "number_of", by_chance)
    _change(outcomes, "begun", begun_anew)
    _change(Aggregates, "apply", applied_slowly)


def sweep_off() -> None:
    """Nobody sends again what got lost on the way."""
    from request_intake import handlers

    async def nothing(_deps: Any) -> None:
        return None

    _change(handlers, "sweep", nothing)


def _change(where: Any, name: str, what: Any) -> None:
    setattr(where, name, what)


BUGS: Mapping[str, Callable[[], None]] = {
    "commit_before_save": commit_before_save,
    "publish_before_save": publish_before_save,
    "certificate_id_by_chance": certificate_id_by_chance,
    "sweep_off": sweep_off,
}
"""By name."""
