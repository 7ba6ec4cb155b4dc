"""Sessions in the store. Only the browser knows a session's id: the store has its digest, and what the session holds
is sealed under a key that follows from the id. Who reads the store can neither enter a session nor see whose it is.
"""

import base64
import json
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from console.domain.staff import Role, Staff
from console.login.attempt import Randomness, digest, token
from console.login.lapse import Limits, lapsed, lapses_at
from madoguchi.service.clock import Clock
from madoguchi.store.aggregates import instant
from madoguchi.store.port import Collection, Document, Documents, Index, StaleVersion

SESSIONS = Collection("sessions", (Index("lapses_at"),))
SEEN_EVERY: Final = timedelta(minutes=1)
"""A session that is used is written again only so often."""
_ID = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True, repr=False)
class Session:
    """Someone who is signed in."""

    staff: Staff
    name: str
    """For showing to themselves; it is nowhere else."""
    csrf: str
    """Every form carries it back."""
    id_token: str
    """Tells the sign-in service who signs out (`id_token_hint`)."""
    started_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Sessions:
    """All sessions."""

    documents: Documents
    clock: Clock
    limits: Limits = field(default_factory=Limits)
    randomness: Randomness = secrets.token_bytes

    async def begin(self, staff: Staff, name: str, id_token: str) -> str:
        """Start a session; returns its id, which is always a new one."""
        now, session_id = self.clock(), token(self.randomness)
        content = {"name": name, "csrf": token(self.randomness), "id_token": id_token, **_kept(staff)}
        sealed = self._seal(session_id, content)
        document = {"_id": digest(session_id), "version": 1, "started_at": instant(now), "sealed": sealed}
        await self.documents.insert(SESSIONS, self._seen(document, now))
        return session_id

    async def find(self, session_id: str) -> Session | None:
        """The session, unless it is over; it counts as seen now."""
        document = await self._get(session_id)
        if document is None:
            return None
        now = self.clock()
        session = _opened(session_id, document)
        if session is None or lapsed(session.started_at, session.seen_at, self.limits, now):
            return None
        if now - session.seen_at >= SEEN_EVERY:
            try:
                await self.documents.replace(
                    SESSIONS, {**self._seen(document, now), "version": document["version"] + 1}
                )
            except StaleVersion:
                return session  # another request of the same browser has just said so
        return session

    async def end(self, session_id: str) -> None:
        """Sign out: the id opens nothing any more."""
        if _ID.fullmatch(session_id):
            await self.documents.delete(SESSIONS, digest(session_id))

    async def forget_lapsed(self) -> int:
        """Remove sessions that are over; how many. For the sweep."""
        now = instant(self.clock())
        old = await self.documents.find(SESSIONS, at_most=("lapses_at", now), order_by="lapses_at", limit=500)
        return sum([await self.documents.delete(SESSIONS, document["_id"]) for document in old])

    async def _get(self, session_id: str) -> Document | None:
        return await self.documents.get(SESSIONS, digest(session_id)) if _ID.fullmatch(session_id) else None

    def _seen(self, document: Document, now: datetime) -> Document:
        started_at = datetime.fromisoformat(document["started_at"])
        return {**document, "seen_at": instant(now), "lapses_at": instant(lapses_at(started_at, now, self.limits))}

    def _seal(self, session_id: str, content: dict[str, Any]) -> str:
        nonce = self.randomness(_NONCE_BYTES)
        sealed = _cipher(session_id).encrypt(nonce, json.dumps(content).encode(), digest(session_id).encode())
        return base64.b64encode(nonce + sealed).decode()


def _cipher(session_id: str) -> AESGCM:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"console-session-v1").derive(session_id.encode())
    return AESGCM(key)


def _opened(session_id: str, document: Document) -> Session | None:
    """None when it was not sealed for this id: somebody changed the store."""
    sealed = base64.b64decode(document["sealed"])
    nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        content = json.loads(_cipher(session_id).decrypt(nonce, rest, digest(session_id).encode()))
    except (InvalidTag, ValueError):
        return None
    return Session(
        staff=Staff(
            content["number"],
            frozenset(Role(role) for role in content["roles"]),
            content["municipality"],
            content["resident_pseudonym"],
        ),
        name=content["name"],
        csrf=content["csrf"],
        id_token=content["id_token"],
        started_at=datetime.fromisoformat(document["started_at"]),
        seen_at=datetime.fromisoformat(document["seen_at"]),
    )


def _kept(staff: Staff) -> dict[str, Any]:
    return {
        "number": staff.number,
        "roles": sorted(staff.roles),
        "municipality": staff.municipality,
        "resident_pseudonym": staff.resident_pseudonym,
    }
