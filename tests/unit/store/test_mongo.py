"""What the MongoDB store sends and how it reads errors, without a server."""

from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import AsyncMongoClient
from pymongo.errors import AutoReconnect, DuplicateKeyError, ServerSelectionTimeoutError, WTimeoutError

from madoguchi.store import mongo
from madoguchi.store.port import Collection, DuplicateKey, Index, Unavailable

THINGS = Collection("things", (Index("due_at"), Index("ticket", unique=True)))


class Failing:
    """A database whose every call fails in one way."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __getitem__(self, _name: str) -> "Failing":
        return self

    async def fail(self, *_args: object, **_options: object) -> Any:
        raise self.error

    insert_one = replace_one = delete_one = find_one = create_index = command = fail


def test_values_are_never_operators() -> None:
    assert mongo.query({"kind": "$where", "size": None}, None) == {"kind": {"$eq": "$where"}, "size": {"$eq": None}}


def test_a_bound_and_an_equal_on_one_field_both_count() -> None:
    assert mongo.query({"due_at": "b"}, ("due_at", "c")) == {"due_at": {"$eq": "b", "$lte": "c"}}
    assert mongo.query(None, None) == {}


def test_indexes_are_sparse_and_named() -> None:
    assert mongo.index_definition(Index("due_at")) == ([("due_at", 1)], {"name": "due_at", "sparse": True})
    keys, options = mongo.index_definition(Index("ticket", unique=True))
    assert (keys, options) == ([("ticket", 1)], {"name": "ticket_unique", "sparse": True, "unique": True})


def test_null_is_left_out_of_unique_fields_only() -> None:
    document = {"_id": "a", "version": 1, "due_at": None, "ticket": None, "other": None}
    assert mongo.stored(THINGS, document) == {"_id": "a", "version": 1, "due_at": None, "other": None}
    assert mongo.stored(THINGS, {"_id": "a", "ticket": "t"}) == {"_id": "a", "ticket": "t"}


@pytest.mark.parametrize("driver", ["motor", "pymongo"])
async def test_an_address_cannot_weaken_what_is_promised(driver: str) -> None:
    uri = "mongodb://h/?w=1&journal=false&readPreference=secondary&retryWrites=false&serverSelectionTimeoutMS=77"
    client = mongo.client_class({mongo.DRIVER: driver})(uri, **mongo.options(uri))
    assert client.write_concern.document == {"w": "majority", "j": True, "wtimeout": 10_000}
    assert client.read_concern.document == {"level": "majority"}
    assert client.read_preference.mode == 0
    assert client.options.retry_writes is True
    assert client.options.server_selection_timeout == 0.077
    closing = client.close()
    if closing is not None:
        await closing


def test_the_driver_is_chosen_by_name() -> None:
    assert mongo.client_class({}) is AsyncIOMotorClient
    assert mongo.client_class({"MONGO_DRIVER": "pymongo"}) is AsyncMongoClient
    with pytest.raises(ValueError, match="not 'mangodb'"):
        mongo.client_class({"MONGO_DRIVER": "mangodb"})


@pytest.mark.parametrize(
    "error",
    [AutoReconnect("host:1 secret"), ServerSelectionTimeoutError("secret"), WTimeoutError("secret", 64, {})],
)
async def test_whatever_the_driver_says_is_unavailable_and_quotes_nothing(error: Exception) -> None:
    documents = mongo.MongoDocuments(Failing(error))
    for call in (
        documents.insert(THINGS, {"_id": "a", "version": 1}),
        documents.replace(THINGS, {"_id": "a", "version": 2}),
        documents.get(THINGS, "a"),
        documents.delete(THINGS, "a"),
        documents.prepare([THINGS]),
        documents.ping(),
    ):
        with pytest.raises(Unavailable) as raised:
            await call
        assert "secret" not in str(raised.value)


async def test_a_duplicate_names_the_document_only() -> None:
    documents = mongo.MongoDocuments(Failing(DuplicateKeyError("dup key: { ticket: 'secret' }")))
    with pytest.raises(DuplicateKey) as raised:
        await documents.insert(THINGS, {"_id": "a", "version": 1})
    assert str(raised.value) == "a"
    assert raised.value.__cause__ is None
