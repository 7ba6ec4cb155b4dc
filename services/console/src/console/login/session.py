"""Who is asking, and with which session. Pages depend on `staff` or on `having(…)`; forms that act, on `own_form`."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends
from starlette.requests import Request

from console.domain.staff import Role, Staff
from console.login.attempt import HOME, LOGIN
from console.login.cookies import SESSION
from console.login.desk import Login
from console.login.sessions import Session
from madoguchi.web.problems import Problem

__all__ = ["Session", "having", "login_of", "own_form", "session", "staff"]

CSRF = "csrf"
"""The name of the hidden field."""


def login_of(request: Request) -> Login:
    """What signing in works with."""
    login: Login = request.app.state.login
    return login


async def session(request: Request) -> Session:
    """The session of a request; without one, the way leads to the login page and from there back."""
    login = login_of(request)
    found = await login.sessions.find(login.cookies.read(request, SESSION))
    if found is None:
        raise Problem(
            303, "login_needed", "Sign in first", headers={"Location": f"{LOGIN}?{urlencode(_next(request))}"}
        )
    return found


async def staff(present: Annotated[Session, Depends(session)]) -> Staff:
    """Who is asking."""
    return present.staff


def having(*roles: Role) -> Callable[..., Awaitable[Staff]]:
    """A dependency: who is asking, refused unless they have one of these roles."""

    async def allowed(who: Annotated[Staff, Depends(staff)]) -> Staff:
        if not who.has(*roles):
            raise Problem(403, "role_needed", "This is for other roles")
        return who

    return allowed


async def own_form(request: Request, present: Annotated[Session, Depends(session)]) -> None:
    """Refuse a form that was not made for this session (CSRF)."""
    sent = (await request.form()).get(CSRF)
    if not isinstance(sent, str) or not secrets.compare_digest(sent.encode(), present.csrf.encode()):
        raise Problem(403, "foreign_form", "This form was not made for this session")


def _next(request: Request) -> dict[str, str]:
    """Where to go on afterwards. What a form said is lost: it may have been for somebody else's session."""
    if request.method != "GET":
        return {"next": HOME}
    query = request.url.query
    return {"next": f"{request.url.path}?{query}" if query else request.url.path}
