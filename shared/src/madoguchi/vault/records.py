"""The chain of access records: each names the digest of the one before, so that a change in the middle shows. Pure.

`digest` is SHA-256 over canonical JSON (sorted keys, no white space, UTF-8) of the record, the subject and `previous`;
anyone holding an exported log can check it. That the end was not cut off, the vault's own MAC shows.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from madoguchi.vault.port import Access, AccessRecord, LegalBasis, Purpose, SealBroken

_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"


def origin(subject: str) -> str:
    """What the first record of `subject` names as `previous`."""
    return hashlib.sha256(f"madoguchi access chain v1|{subject}".encode()).hexdigest()


def following(
    subject: str, last: AccessRecord | None, access: Access, fields: Sequence[str], at: datetime
) -> AccessRecord:
    """The record that comes after `last`."""
    record = AccessRecord(
        sequence=1 if last is None else last.sequence + 1,
        at=at.astimezone(UTC),
        actor=access.actor,
        purpose=access.purpose,
        legal_basis=access.legal_basis,
        fields=tuple(fields),
        previous=origin(subject) if last is None else last.digest,
        digest="",
    )
    return from_document({**to_document(record), "digest": digest(subject, record)})


def digest(subject: str, record: AccessRecord) -> str:
    """What `record.digest` must be, hex."""
    said = {key: value for key, value in to_document(record).items() if key != "digest"}
    text = json.dumps({**said, "subject": subject}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def verify(subject: str, records: Sequence[AccessRecord]) -> None:
    """Raise `SealBroken` naming the first record that was changed, moved, or whose predecessor is missing."""
    previous = origin(subject)
    for position, record in enumerate(records, start=1):
        genuine = record.sequence == position and record.previous == previous
        if not genuine or record.digest != digest(subject, record):
            raise SealBroken(f"access record {position} is not the one that was written")
        previous = record.digest


def to_document(record: AccessRecord) -> dict[str, Any]:
    """Plain JSON values."""
    return {
        "sequence": record.sequence,
        "at": record.at.strftime(_TIME),
        "actor": record.actor,
        "purpose": record.purpose.value,
        "legal_basis": record.legal_basis.value,
        "fields": list(record.fields),
        "previous": record.previous,
        "digest": record.digest,
    }


def from_document(document: dict[str, Any]) -> AccessRecord:
    """The record again. Raises `SealBroken` when it can't be one."""
    try:
        return AccessRecord(
            sequence=int(document["sequence"]),
            at=datetime.strptime(document["at"], _TIME).replace(tzinfo=UTC),
            actor=document["actor"],
            purpose=Purpose(document["purpose"]),
            legal_basis=LegalBasis(document["legal_basis"]),
            fields=tuple(document["fields"]),
            previous=document["previous"],
            digest=document["digest"],
        )
    except (KeyError, TypeError, ValueError):
        raise SealBroken("an access record is not readable") from None
