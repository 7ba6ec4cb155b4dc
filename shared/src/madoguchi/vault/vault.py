"""The vault on a store of its own: collection `data_keys` (one per subject, a tombstone once erased) and collection
`access_chains` (one per subject; outlives the key, for the resident may see it ever after).

A plaintext key lives as long as one call, never longer. What is opened is handed out only after the record of it lies
in the store. Times come from `clock`, keys and nonces from `randomness`.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from pydantic import ValidationError

from madoguchi.contracts.personal import Personal
from madoguchi.store.aggregates import instant
from madoguchi.store.port import Collection, Document, Documents, DuplicateKey, StaleVersion
from madoguchi.vault import chains, erasures, records, sealing
from madoguchi.vault.keys import KEY_BYTES, NONCE_BYTES, Randomness, TownKeys
from madoguchi.vault.port import Access, AccessRecord, KeyErased, SealBroken
from madoguchi.vault.texts import to_bytes, to_text

DATA_KEYS = Collection("data_keys")
ACCESS_CHAINS = Collection("access_chains")
COLLECTIONS = (DATA_KEYS, ACCESS_CHAINS)
BLOCK_BYTES = 256

P = TypeVar("P", bound=Personal)


@dataclass(frozen=True, slots=True, repr=False)
class StoredVault:
    """See `madoguchi.vault.port.Vault`."""

    documents: Documents
    keys: TownKeys
    clock: Callable[[], datetime]
    randomness: Randomness = secrets.token_bytes
    journal: Documents | None = None
    """Where erasures are written down first, so that no backup can undo them."""

    async def create_key(self, subject: str, municipality: str) -> None:
        """Make the data key of `subject`. Safe to repeat. Raises `KeyErased`; `ValueError` if it is another town's."""
        await self._created(subject, municipality)

    async def begin(self, subject: str, municipality: str, values: Mapping[str, Personal | bytes]) -> dict[str, str]:
        """`create_key`, and `seal` of each value by its field, without reading the key again. Raises as they do."""
        key = await self._created(subject, municipality)
        return {field: self._sealed(key, subject, field, value) for field, value in values.items()}

    async def _created(self, subject: str, municipality: str) -> bytes:
        if (present := await self._own(subject, municipality)) is not None:
            return await self._unwrapped(present)
        # The chain comes first: wherever a key is, a missing chain means that someone removed it.
        chain = {"_id": subject, "version": 1, "municipality": municipality, "records": []}
        chain["head"] = self.keys.chain_mac(municipality, subject, 0, records.origin(subject))
        await self._insert_once(ACCESS_CHAINS, chain)
        fresh = self.randomness(KEY_BYTES)
        wrapped = await self.keys.wrappers[municipality].wrap(subject, fresh)
        key = {"_id": subject, "version": 1, "municipality": municipality, "wrapped": to_text(wrapped)}
        if await self._insert_once(DATA_KEYS, key):
            return fresh
        return await self._created(subject, municipality)  # somebody was first: theirs counts

    async def seal(self, subject: str, field: str, value: Personal | bytes) -> str:
        """Encrypt under the subject's key, bound to subject and field. Raises `KeyErased`."""
        return self._sealed(await self._key(subject), subject, field, value)

    async def open(
        self, subject: str, sealed: str, model: type[P], access: Access, *, beside: tuple[str, ...] = ()
    ) -> P:
        """Decrypt, write the access record (and one of `beside`), and only then hand out. Raises `KeyErased`,
        `SealBroken`."""
        plain = sealing.unseal(await self._key(subject), subject, sealed)
        try:
            value = model.model_validate_json(plain)
        except ValidationError:
            # Pydantic's message quotes what it read.
            raise SealBroken(f"what was sealed is not a {model.__name__}") from None
        await self._record(subject, access, (sealing.field_of(sealed),), *([beside] if beside else []))
        return value

    async def open_bytes(self, subject: str, sealed: str, access: Access) -> bytes:
        """The same for bytes."""
        plain = sealing.unseal(await self._key(subject), subject, sealed)
        await self.record(subject, access, (sealing.field_of(sealed),))
        return plain

    async def readable(self, subject: str) -> bool:
        """Whether there is a key, and it is not destroyed."""
        stored = await self.documents.get(DATA_KEYS, subject)
        return stored is not None and "erased_at" not in stored

    async def record(self, subject: str, access: Access, fields: tuple[str, ...]) -> None:
        """Append to the subject's chain, durably. Raises `KeyErased` when there never was a key, `SealBroken` when the
        chain's end is not as it was left: then nothing may be looked at until someone has looked into it."""
        await self._record(subject, access, fields)

    async def _record(self, subject: str, access: Access, *looks: tuple[str, ...]) -> None:
        """A record for each look, all in one write."""
        while True:
            chain = await self._chain(subject)
            if chain is None:
                raise KeyErased(subject)
            after = chains.extended(self.keys, chain, self._following(chain, access, looks))
            try:
                await self.documents.replace(ACCESS_CHAINS, after)
            except StaleVersion:
                continue  # another look was recorded meanwhile: ours comes after it
            return

    def _following(self, chain: Document, access: Access, looks: Sequence[tuple[str, ...]]) -> list[AccessRecord]:
        now, last = self.clock(), chains.checked_end(self.keys, chain)
        added: list[AccessRecord] = []
        for fields in looks:
            last = records.following(chain["_id"], last, access, fields, now)
            added.append(last)
        return added

    async def access_log(self, subject: str) -> tuple[AccessRecord, ...]:
        """Every look so far, oldest first; survives erasure. Raises `SealBroken` when the chain is broken."""
        chain = await self._chain(subject)
        if chain is None:
            return ()
        found = tuple(records.from_document(document) for document in chain["records"])
        records.verify(subject, found)
        chains.checked_end(self.keys, chain)
        return found

    async def erase(self, subject: str) -> None:
        """Destroy the key: first overwritten with noise, then a tombstone in its place. Safe to repeat."""
        while True:
            key = await self.documents.get(DATA_KEYS, subject)
            if key is None or "wrapped" not in key:
                return
            erased_at = key.get("erased_at") or instant(self.clock())
            if self.journal is not None:
                await erasures.note(self.journal, subject, erased_at)
            noise = to_text(self.randomness(len(to_bytes(key["wrapped"]))))
            overwritten = {**key, "version": key["version"] + 1, "wrapped": noise, "erased_at": erased_at}
            tombstone = {name: value for name, value in overwritten.items() if name != "wrapped"}
            try:
                await self.documents.replace(DATA_KEYS, overwritten)
                await self.documents.replace(DATA_KEYS, {**tombstone, "version": key["version"] + 2})
            except StaleVersion:
                continue  # someone else is erasing it too
            return

    def pseudonym(self, municipality: str, kind: str, value: str) -> str:
        """A keyed hash of `value`, to look it up without storing it."""
        return self.pseudonyms(municipality, kind, value)[0]

    def pseudonyms(self, municipality: str, kind: str, value: str) -> tuple[str, ...]:
        """The same under each index key, newest first."""
        return self.keys.pseudonyms(municipality, kind, value)

    def generation(self, municipality: str) -> str:
        """Names the town's newest index key."""
        return self.keys.generation(municipality)

    def _sealed(self, key: bytes, subject: str, field: str, value: Personal | bytes) -> str:
        plain = value if isinstance(value, bytes) else _padded(value.model_dump_json().encode())
        return sealing.seal(key, subject, field, plain, self.randomness(NONCE_BYTES))

    async def _own(self, subject: str, municipality: str) -> Document | None:
        """The wrapped key, if there is one. Raises `KeyErased`, `ValueError`."""
        stored = await self.documents.get(DATA_KEYS, subject)
        if stored is not None and "erased_at" in stored:
            raise KeyErased(subject)
        if stored is not None and stored["municipality"] != municipality:
            raise ValueError(f"{subject} belongs to {stored['municipality']}")
        return stored

    async def _insert_once(self, collection: Collection, document: Document) -> bool:
        try:
            await self.documents.insert(collection, document)
        except DuplicateKey:
            return False
        return True

    async def _key(self, subject: str) -> bytes:
        stored = await self.documents.get(DATA_KEYS, subject)
        if stored is None or "erased_at" in stored:
            raise KeyErased(subject)
        return await self._unwrapped(stored)

    async def _unwrapped(self, stored: Document) -> bytes:
        return await self.keys.wrappers[stored["municipality"]].unwrap(stored["_id"], to_bytes(stored["wrapped"]))

    async def _chain(self, subject: str) -> Document | None:
        chain = await self.documents.get(ACCESS_CHAINS, subject)
        if chain is None and await self.documents.get(DATA_KEYS, subject) is not None:
            raise SealBroken("the access records were removed")
        return chain


def _padded(text: bytes) -> bytes:
    """JSON filled up with spaces to full blocks: the length of a seal must not tell a clerk's reasons apart."""
    return text.ljust(-(-len(text) // BLOCK_BYTES) * BLOCK_BYTES)
