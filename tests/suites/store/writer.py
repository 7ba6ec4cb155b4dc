"""A process that writes: run with `insert|count`, a folder, a name. Says on standard output what was acknowledged."""

import asyncio
import sys

from madoguchi.store.open import connected
from madoguchi.store.port import Collection, Documents, DuplicateKey, Index, StaleVersion

THINGS = Collection("things", (Index("by"),))
LANES, COUNTED, TOTAL = 8, 100, "total"


async def insert(documents: Documents, name: str, lane: int) -> None:
    """Without end: whoever started it kills it."""
    number = 0
    while True:
        key = f"{name}-{lane}-{number}"
        await documents.insert(THINGS, {"_id": key, "version": 1, "by": name, "text": "あ" * 500})
        sys.stdout.write(f"{key}\n")
        sys.stdout.flush()
        number += 1


async def count(documents: Documents) -> None:
    for _ in range(COUNTED):
        while True:
            present = await documents.get(THINGS, TOTAL)
            try:
                if present is None:
                    await documents.insert(THINGS, {"_id": TOTAL, "version": 1, "by": "all"})
                else:
                    await documents.replace(THINGS, {**present, "version": present["version"] + 1})
                break
            except (DuplicateKey, StaleVersion):
                continue


async def main(act: str, folder: str, name: str) -> None:
    async with connected(f"sqlite://{folder}", "shared") as documents:
        await documents.prepare([THINGS])
        if act == "insert":
            await asyncio.gather(*(insert(documents, name, lane) for lane in range(LANES)))
        await count(documents)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
