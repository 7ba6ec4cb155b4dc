"""One collection as a file, and back: gzip of one JSON document a line, ascending by `_id`. The same on every store.

Taken while services write: each document is as it was at one moment, and one document is all that any service relies on
(ADR 0001).
"""

import asyncio
import gzip
import hashlib
import json
import os
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from madoguchi.store.port import Collection, Document, Documents, DuplicateKey

PAGE = 200
PRIVATE = 0o600

Restored = Callable[[Document], Awaitable[Document]]
"""What becomes of a document before it is put back."""


class DumpBroken(Exception):
    """The file is not the one that was written, or does not fit what lies in the store."""


async def write(documents: Documents, collection: Collection, path: Path) -> dict[str, object]:
    """Write every document of the collection. Returns `{documents, sha256}` of what was written."""
    count, after = 0, ""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as raw:
        with gzip.open(raw, "wt", 6, "utf-8") as file:
            while page := await documents.scan(collection, after, PAGE):
                file.writelines(json.dumps(document, ensure_ascii=False) + "\n" for document in page)
                count, after = count + len(page), page[-1]["_id"]
        raw.flush()
        os.fsync(raw.fileno())
    return {"documents": count, "sha256": digest(path)}


async def restore(documents: Documents, collection: Collection, path: Path, restored: Restored) -> int:
    """Put every document back; how many. What lies there already exactly so is passed over, so that a restore which
    was broken off may be started again. Raises `DumpBroken` when another document lies in its place."""
    await documents.prepare([collection])
    count = 0
    for page in _pages(path):
        await asyncio.gather(*(_put(documents, collection, document, restored) for document in page))
        count += len(page)
    return count


def digest(path: Path) -> str:
    """SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def _put(documents: Documents, collection: Collection, dumped: Document, restored: Restored) -> None:
    document = await restored(dumped)
    try:
        await documents.insert(collection, document)
    except DuplicateKey:
        if await documents.get(collection, document["_id"]) != document:
            raise DumpBroken(f"{collection.name}/{document['_id']}: another version lies there already") from None


def _pages(path: Path) -> Iterator[list[Document]]:
    page: list[Document] = []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            page.append(json.loads(line))
            if len(page) == PAGE:
                yield page
                page = []
    yield page
