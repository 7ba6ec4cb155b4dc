"""`Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-08): an act done once, its answer given again.

Missing key 400, same key with other content 422, still being done 409, else the stored answer. The mark that an act is
under way holds a value reserved for it (say, the request id): if the process dies, whoever takes over after `takeover`
acts with the same reserved value, so that the act can recognise what it already did.
"""

import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from madoguchi.store.aggregates import instant
from madoguchi.store.port import Collection, Document, Documents, DuplicateKey, Index, StaleVersion
from madoguchi.web.problems import Problem

ANSWERS = Collection("idempotent_answers", (Index("expires_at"),))
_LONGEST = 255
_QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"\s*(?:;.*)?', re.ASCII)
_BARE = re.compile(r"[!#-+\--:<-~]+", re.ASCII)  # visible characters without `"`, `,` and `;`


@dataclass(frozen=True, slots=True)
class Answer:
    """What the client gets. `replayed` when it was stored before."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    replayed: bool = False

    def response(self) -> JSONResponse:
        """As an HTTP response."""
        extra = {"Idempotent-Replayed": "true"} if self.replayed else {}
        return JSONResponse(self.body, self.status, {**self.headers, **extra})


class Recorder(Protocol):
    """How an answer lies in the store: it must hold no personal data in clear."""

    async def keep(self, answer: Answer, reserved: str) -> Document:
        """JSON values from which `give` makes the answer again."""
        ...

    async def give(self, kept: Document, reserved: str) -> Answer:
        """The answer."""
        ...


class AsItIs:
    """For answers of ids, codes and links."""

    async def keep(self, answer: Answer, reserved: str) -> Document:
        """See `Recorder`."""
        return {"status": answer.status, "body": answer.body, "headers": dict(answer.headers)}

    async def give(self, kept: Document, reserved: str) -> Answer:
        """See `Recorder`."""
        return Answer(kept["status"], kept["body"], kept["headers"])


def parse_key(header: str | None) -> str:
    """The key: a structured-field string (RFC 9651 §3.3.3), or bare as many clients send it. Raises a 400 problem."""
    if header is None or not header.strip():
        raise Problem(
            400,
            "idempotency_key_missing",
            "The header Idempotency-Key is missing",
            what_to_do="Send a new random key (say, a UUID) with each new request; repeat it with the same key.",
        )
    text = header.strip()
    quoted = _QUOTED.fullmatch(text)
    key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else text
    if not 0 < len(key) <= _LONGEST or not (quoted or _BARE.fullmatch(text)):
        raise Problem(
            400,
            "idempotency_key_malformed",
            "The header Idempotency-Key is malformed",
            what_to_do=f'Send 1 to {_LONGEST} visible ASCII characters, as "8e03978e-40d5-43dd-bc93-6894a57f9324"',
        )
    return key


def fingerprint(key: bytes, method: str, path: str, body: bytes) -> str:
    """Tells requests apart, hex. Keyed, for the body may hold little but a name and a birth date: guessable."""
    return hmac.digest(key, b"|".join((b"fingerprint-v1", method.encode(), path.encode(), body)), hashlib.sha256).hex()


@dataclass(frozen=True, slots=True)
class Idempotency:
    """Stored answers of one service. `keep_for` is at least 48 hours; `takeover` is longer than any act may take."""

    documents: Documents
    clock: Callable[[], datetime]
    recorder: Recorder = field(default_factory=AsItIs)
    keep_for: timedelta = timedelta(hours=72)
    takeover: timedelta = timedelta(seconds=30)

    async def once(
        self,
        tenant: str,
        key: str,
        prints: tuple[str, ...],
        reserve: Callable[[], str],
        act: Callable[[str], Awaitable[Answer]],
    ) -> Answer:
        """Do `act(reserved)` unless it was done, and give its answer. Raises problems 409 and 422.

        `prints`: the request's fingerprint by each key that fingerprints are made with, newest first.

        A repeat reserves a value too, and does not use it. What `act` raises goes through: after a problem the key is
        free again; after any other error the next try acts at once with the same reserved value.
        """
        name = hashlib.sha256(f"{len(tenant)}:{tenant}{key}".encode()).hexdigest()
        fresh = self._mark(name, prints[0], reserve(), 1)
        present: Document | None = None  # nearly always: so insert first, and look only when someone was there before
        while True:
            mark = fresh
            if present is not None and self._expired(present):
                mark = {**fresh, "version": present["version"] + 1}
            elif present is not None:
                if not any(hmac.compare_digest(present["fingerprint"], each) for each in prints):
                    raise _used_otherwise()
                if "answer" in present:
                    return await self._replay(present)
                self._refuse_if_busy(present)
                mark = {**present, "version": present["version"] + 1, "since": instant(self.clock())}
            try:
                await (self.documents.insert if present is None else self.documents.replace)(ANSWERS, mark)
            except (DuplicateKey, StaleVersion):
                present = await self.documents.get(ANSWERS, name)
                continue
            return await self._act(mark, act)

    async def forget_expired(self) -> int:
        """Remove answers whose time is over; how many. For the sweep."""
        old = await self.documents.find(
            ANSWERS, at_most=("expires_at", instant(self.clock())), order_by="expires_at", limit=500
        )
        return sum([await self.documents.delete(ANSWERS, document["_id"]) for document in old])

    async def _act(self, mark: Document, act: Callable[[str], Awaitable[Answer]]) -> Answer:
        following = {**mark, "version": mark["version"] + 1}
        try:
            answer = await act(mark["reserved"])
            kept = await self.recorder.keep(answer, mark["reserved"])
        except HTTPException:
            await self._settle({**following, "expires_at": instant(self.clock())})
            raise
        except Exception:
            await self._settle({**following, "since": ""})
            raise
        await self._settle({**following, "answer": kept})
        return answer

    async def _settle(self, document: Document) -> None:
        try:
            await self.documents.replace(ANSWERS, document)
        except StaleVersion:
            return  # it took so long that someone took over, with the same reserved value: theirs will be stored

    async def _replay(self, present: Document) -> Answer:
        stored = await self.recorder.give(present["answer"], present["reserved"])
        return Answer(stored.status, stored.body, stored.headers, replayed=True)

    def _mark(self, name: str, print_of: str, reserved: str, version: int) -> Document:
        now = self.clock()
        return {
            "_id": name,
            "version": version,
            "fingerprint": print_of,
            "reserved": reserved,
            "since": instant(now),
            "expires_at": instant(now + self.keep_for),
        }

    def _expired(self, present: Document) -> bool:
        return str(present["expires_at"]) <= instant(self.clock())

    def _refuse_if_busy(self, present: Document) -> None:
        if str(present["since"]) > instant(self.clock() - self.takeover):
            raise Problem(
                409,
                "idempotency_key_in_use",
                "A request with this key is being worked on",
                what_to_do="Wait a moment, then repeat the request with the same key.",
                headers={"Retry-After": "1"},
            )


def _used_otherwise() -> Problem:
    return Problem(
        422,
        "idempotency_key_reused",
        "This key was used with another request",
        what_to_do="Send a new key with a new request; repeat a key only with exactly the same content.",
    )
