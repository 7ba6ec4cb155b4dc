"""The end of an access chain: authenticated by the town's index key, so that nothing can be cut off unseen. Pure."""

import secrets
from collections.abc import Sequence

from madoguchi.store.port import Document
from madoguchi.vault import records
from madoguchi.vault.keys import TownKeys
from madoguchi.vault.port import AccessRecord, SealBroken


def checked_end(keys: TownKeys, chain: Document) -> AccessRecord | None:
    """The last record, after checking that it is the one the vault left there, under whichever index key.

    Raises `SealBroken`.
    """
    last = records.from_document(chain["records"][-1]) if chain["records"] else None
    macs = keys.chain_macs(chain["municipality"], chain["_id"], len(chain["records"]), _digest(chain, last))
    if not any(secrets.compare_digest(mac, str(chain.get("head"))) for mac in macs):
        raise SealBroken("the end of the access records is not as it was left")
    return last


def extended(keys: TownKeys, chain: Document, added: Sequence[AccessRecord]) -> Document:
    """The chain with further records (one at least), its end authenticated by the newest index key."""
    last = added[-1]
    return {
        **chain,
        "version": chain["version"] + 1,
        "records": [*chain["records"], *(records.to_document(record) for record in added)],
        "head": keys.chain_mac(chain["municipality"], chain["_id"], last.sequence, last.digest),
    }


def remade(keys: TownKeys, chain: Document) -> Document | None:
    """The chain with its end authenticated by the newest index key; None when it is. Raises `SealBroken`."""
    last = checked_end(keys, chain)
    head = keys.chain_mac(chain["municipality"], chain["_id"], len(chain["records"]), _digest(chain, last))
    return None if head == chain["head"] else {**chain, "version": chain["version"] + 1, "head": head}


def _digest(chain: Document, last: AccessRecord | None) -> str:
    return records.origin(chain["_id"]) if last is None else last.digest
