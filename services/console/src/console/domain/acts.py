"""The acts of staff (操作記録): who, when, what, why, on which request; chained per town, so that a change shows. Pure.

`digest` is SHA-256 over canonical JSON (sorted keys, no white space, UTF-8) of the act without its digest; each act
names the digest of the one before. Anyone holding an export can check it with `check`; that the end was not cut off,
the head shows, which is authenticated with a key of the town.
"""

import hashlib
import json
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from madoguchi.contracts.vocabulary import Instant, MunicipalityCode


class What(StrEnum):
    """What somebody did. A new kind of act adds its word here and its text to the catalogues."""

    LOGIN = "login"
    LOGOUT = "logout"
    OPEN = "open"
    SEARCH_REGISTER = "search_register"
    CLAIM = "claim"
    RELEASE = "release"
    PROPOSE = "propose"
    CONFIRM = "confirm"
    SEND_BACK = "send_back"
    DECIDE = "decide"
    ASK = "ask"
    REPLAY = "replay"
    DISCARD = "discard"
    RESEND = "resend"
    TEST_SEND = "test_send"
    EXPORT = "export"
    NOT_DONE = "not_done"
    """The act recorded just before, whose sequence is in `why`, had no effect: somebody else was first."""


class Act(BaseModel):
    """One act. `why` is a code, never free text."""

    model_config = ConfigDict(frozen=True)

    municipality: MunicipalityCode
    sequence: int
    at: Instant
    staff: str
    """職員番号."""
    what: What
    why: str = ""
    about: str = ""
    """A request id, or the id of a dead letter or notice; never a person."""
    previous: str
    digest: str


class ActsBroken(Exception):
    """An act was changed, moved or removed, or the end was cut off. The message says where."""


ORIGIN: Final = "madoguchi acts chain v1"


def origin(municipality: str) -> str:
    """What the first act of a town names as `previous`."""
    return hashlib.sha256(f"{ORIGIN}|{municipality}".encode()).hexdigest()


def following(last: Act | None, said: dict[str, Any]) -> Act:
    """The act that comes after `last`. `said`: `municipality`, `at`, `staff`, `what`, `why`, `about`."""
    previous = origin(said["municipality"]) if last is None else last.digest
    act = Act(**said, sequence=1 if last is None else last.sequence + 1, previous=previous, digest="")
    return act.model_copy(update={"digest": digest(act)})


def digest(act: Act) -> str:
    """What `act.digest` must be, hex."""
    said = act.model_dump(mode="json", exclude={"digest"})
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def check(municipality: str, acts: Iterable[Act]) -> tuple[int, str]:
    """How many acts there are, and the digest of the last. Raises `ActsBroken` naming the first that is not genuine."""
    count, previous = 0, origin(municipality)
    for count, act in enumerate(acts, start=1):
        genuine = act.municipality == municipality and act.sequence == count and act.previous == previous
        if not genuine or act.digest != digest(act):
            raise ActsBroken(f"act {count} is not the one that was written")
        previous = act.digest
    return count, previous
