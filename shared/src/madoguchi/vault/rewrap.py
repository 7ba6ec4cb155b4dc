"""After a change of a town's keys: wrap every data key, and authenticate every access chain, by the newest generation.

One document at a time, by compare-and-set, while services go on. It may end anywhere and be started again: what is done
is passed over. When nothing is left, the older generations are needed no more.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from madoguchi.store.port import Collection, Document, Documents, StaleVersion
from madoguchi.vault import chains
from madoguchi.vault.keys import TownKeys
from madoguchi.vault.port import SealBroken
from madoguchi.vault.texts import to_bytes, to_text
from madoguchi.vault.vault import ACCESS_CHAINS, DATA_KEYS

PAGE = 200


@dataclass(slots=True)
class Rewrapped:
    """What a round found. `left`: still under an older key. `broken`: subjects that no key at hand fits."""

    good: int = 0
    done: int = 0
    left: int = 0
    broken: tuple[str, ...] = ()

    @property
    def finished(self) -> bool:
        """Whether older generations may go."""
        return not (self.left or self.broken)


async def rewrap(documents: Documents, keys: TownKeys, *, only_look: bool = False) -> dict[str, Rewrapped]:
    """One round over data keys and access chains, by collection name. Documents of towns that `keys` does not know
    count as broken. `only_look`: change nothing, count what is left."""
    found = {}
    for collection in (DATA_KEYS, ACCESS_CHAINS):
        tally = found[collection.name] = Rewrapped()
        async for document in _all(documents, collection):
            if "erased_at" in document:
                continue
            try:
                after = await _newest(keys, collection, document)
            except (SealBroken, KeyError):
                tally.broken += (document["_id"],)
                continue
            if after is None:
                tally.good += 1
            elif only_look or not await _replaced(documents, collection, after):
                tally.left += 1
            else:
                tally.done += 1
    return found


async def _newest(keys: TownKeys, collection: Collection, document: Document) -> Document | None:
    """The document under the newest keys; None when it is. Raises `SealBroken`, `KeyError`."""
    if collection is ACCESS_CHAINS:
        return chains.remade(keys, document)
    wrapper = keys.wrappers[document["municipality"]]
    wrapped = await wrapper.rewrapped(document["_id"], to_bytes(document["wrapped"]))
    return None if wrapped is None else {**document, "version": document["version"] + 1, "wrapped": to_text(wrapped)}


async def _replaced(documents: Documents, collection: Collection, after: Document) -> bool:
    try:
        await documents.replace(collection, after)
    except StaleVersion:
        return False  # erased, or looked at, meanwhile: the next round sees it
    return True


async def _all(documents: Documents, collection: Collection) -> AsyncIterator[Document]:
    after = ""
    while page := await documents.scan(collection, after, PAGE):
        for document in page:
            yield document
        after = page[-1]["_id"]
