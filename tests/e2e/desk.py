"""Staff at the console with a session that the test began: any role, in any town, without signing in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from console.domain.staff import Role, Staff
from console.login.cookies import SESSION
from console.login.sessions import Sessions
from madoguchi.contracts.flow import CONSOLE
from madoguchi.service.clock import utc_now
from madoguchi.store.open import connected
from madoguchi_sandbox.launcher.stack import Stack
from staff import Desk


@asynccontextmanager
async def at_work(stack: Stack, town: str, number: str, *roles: Role) -> AsyncIterator[Desk]:
    """A browser of somebody who is signed in."""
    async with connected(stack.layout.store_uri, CONSOLE) as documents:
        secret = await Sessions(documents, utc_now).begin(Staff(number, frozenset(roles), town), "見本 職員", "")
    headers = {"Cookie": f"{SESSION}={secret}", "Accept": "text/html", "Accept-Language": "en"}
    async with httpx.AsyncClient(base_url=stack.layout.url(CONSOLE), headers=headers, timeout=30) as http:
        yield Desk(http, await http.get("/queue"))
