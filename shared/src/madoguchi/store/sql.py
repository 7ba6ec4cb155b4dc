"""The statements of the SQLite store. Pure.

One table per collection: `_id`, `version`, and the whole document as JSON text. An index is on an expression over that
text, partial where it is null, so that a new index needs no new column. Queries spell the expression the same way, or
SQLite would not use the index.
"""

import re
from collections.abc import Mapping

from madoguchi.store.port import Collection, Scalar

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


def create(collection: Collection) -> list[str]:
    """What makes the table and its indexes, if they are not there."""
    table = _quoted(collection.name)
    statements = [
        f"CREATE TABLE IF NOT EXISTS {table} "
        "(_id TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL, document TEXT NOT NULL)"
    ]
    for index in collection.indexes:
        name = _quoted(f"{collection.name}__{_checked(index.field)}{'__unique' if index.unique else ''}")
        kind = "UNIQUE INDEX" if index.unique else "INDEX"
        value = _value(index.field)
        statements.append(f"CREATE {kind} IF NOT EXISTS {name} ON {table} ({value}) WHERE {value} IS NOT NULL")
    return statements


def insert(collection: Collection) -> str:
    """Parameters: `_id`, version, document."""
    return f"INSERT INTO {_quoted(collection.name)} (_id, version, document) VALUES (?, ?, ?)"  # noqa: S608 - names are quoted, values are parameters


def replace(collection: Collection) -> str:
    """Parameters: new version, document, `_id`, the version that must be there."""
    return f"UPDATE {_quoted(collection.name)} SET version = ?, document = ? WHERE _id = ? AND version = ?"  # noqa: S608 - names are quoted, values are parameters


def delete(collection: Collection) -> str:
    """Parameter: `_id`."""
    return f"DELETE FROM {_quoted(collection.name)} WHERE _id = ?"  # noqa: S608 - names are quoted, values are parameters


def get(collection: Collection) -> str:
    """Parameter: `_id`."""
    return f"SELECT document FROM {_quoted(collection.name)} WHERE _id = ?"  # noqa: S608 - names are quoted, values are parameters


def find(
    collection: Collection,
    equal: Mapping[str, Scalar],
    at_most: tuple[str, str | int] | None,
    order_by: str,
    limit: int,
) -> tuple[str, list[Scalar]]:
    """The query and its parameters."""
    where, parameters = _where(equal, at_most)
    order = f" ORDER BY {_value(order_by)} LIMIT ?"
    return f"SELECT document FROM {_quoted(collection.name)}{where}{order}", [*parameters, limit]  # noqa: S608 - names are quoted, values are parameters


def count(
    collection: Collection, equal: Mapping[str, Scalar], at_most: tuple[str, str | int] | None, limit: int
) -> tuple[str, list[Scalar]]:
    """The query and its parameters. It stops at `limit`."""
    where, parameters = _where(equal, at_most)
    found = f"SELECT 1 FROM {_quoted(collection.name)}{where} LIMIT ?"  # noqa: S608 - names are quoted, values are parameters
    return f"SELECT COUNT(*) FROM ({found})", [*parameters, limit]  # noqa: S608 - names are quoted, values are parameters


def _where(equal: Mapping[str, Scalar], at_most: tuple[str, str | int] | None) -> tuple[str, list[Scalar]]:
    conditions: list[str] = []
    parameters: list[Scalar] = []
    for field, value in equal.items():
        conditions.append(f"{_value(field)} IS NULL" if value is None else f"{_value(field)} = ?")
        parameters.extend([] if value is None else [value])
    if at_most is not None:
        conditions.append(f"{_value(at_most[0])} <= ?")
        parameters.append(at_most[1])
    return f" WHERE {' AND '.join(conditions)}" if conditions else "", parameters


def scan(collection: Collection) -> str:
    """Parameters: the `_id` to begin after, how many."""
    return f"SELECT document FROM {_quoted(collection.name)} WHERE _id > ? ORDER BY _id LIMIT ?"  # noqa: S608 - names are quoted, values are parameters


NAMES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"
"""The collections that are there."""


def _value(field: str) -> str:
    return "_id" if field == "_id" else f"json_extract(document, '$.{_checked(field)}')"


def _quoted(name: str) -> str:
    return f'"{_checked(name)}"'


def _checked(name: str) -> str:
    """Names are ours, never a visitor's; this keeps it so."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a name for a collection or field: {name!r}")
    return name
