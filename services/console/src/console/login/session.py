"""Who is asking, and with which session. Pages depend on `staff` or on `having(…)`; forms that act, on `own_form`.

A session lies in the store under the SHA-256 of its secret; the cookie holds the secret and nothing else.
"""

import hashlib
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import Depends, Form
from starlette.requests import Request

from console.domain.staff import Role, Staff
from madoguchi.store.aggregates import instant
from madoguchi.store.port import Collection, Documents
from madoguchi.web.problems import Problem

SESSIONS: Final = Collection("sessions")
COOKIE: Final = "__Host-session"
LASTS: Final = timedelta(hours=8)


@dataclass(frozen=True, slots=True, repr=False)
class Session:
    """Somebody at work: who, their display name (in the session only), the secret of their forms."""

    staff: Staff
    name: str
    csrf: str


@dataclass(frozen=True, slots=True, repr=False)
class Sessions:
    """The sessions of a store."""

    documents: Documents
    clock: Callable[[], datetime]

    async def begin(self, staff: Staff, name: str, id_token: str = "") -> str:
        """Start a session, always with a new secret, which is returned. `name`: for showing to themselves."""
        secret = secrets.token_urlsafe(32)
        document = {
            "_id": key_of(secret),
            "version": 1,
            "number": staff.number,
            "roles": sorted(staff.roles),
            "municipality": staff.municipality,
            "resident_pseudonym": staff.resident_pseudonym,
            "name": name,
            "csrf": secrets.token_urlsafe(32),
            "id_token": id_token,
            "until": instant(self.clock() + LASTS),
        }
        await self.documents.insert(SESSIONS, document)
        return secret

    async def find(self, secret: str) -> Session | None:
        """The session with that secret, unless it has run out."""
        found = await self.documents.get(SESSIONS, key_of(secret))
        if found is None or found["until"] <= instant(self.clock()):
            return None
        return _session(found)


def key_of(secret: str) -> str:
    """Under which key the session with that secret lies."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _session(document: dict[str, Any]) -> Session:
    staff = Staff(
        document["number"],
        frozenset(Role(role) for role in document["roles"]),
        document["municipality"],
        document.get("resident_pseudonym"),
    )
    return Session(staff, document["name"], document["csrf"])


async def session(request: Request) -> Session:
    """The session of a request; without one, the way leads to the login page."""
    sessions: Sessions = request.app.state.sessions
    secret = request.cookies.get(COOKIE)
    found = await sessions.find(secret) if secret else None
    if found is None:
        target = request.url.path if request.method == "GET" else "/"
        raise Problem(303, "login_needed", headers={"Location": "/login?" + urlencode({"next": target})})
    return found


async def staff(present: Annotated[Session, Depends(session)]) -> Staff:
    """Who is asking."""
    return present.staff


def having(*roles: Role) -> Callable[..., Awaitable[Staff]]:
    """A dependency: who is asking, refused unless they have one of these roles."""

    async def allowed(who: Annotated[Staff, Depends(staff)]) -> Staff:
        if not who.roles & set(roles):
            raise Problem(403, "role_needed", "This is for other roles")
        return who

    return allowed


async def own_form(present: Annotated[Session, Depends(session)], csrf: Annotated[str, Form()] = "") -> None:
    """Refuse a form that is not one of ours."""
    if not secrets.compare_digest(csrf.encode(), present.csrf.encode()):
        raise Problem(403, "foreign_form", "This form was not made for this session")
