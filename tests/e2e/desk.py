"""Staff at the console: a browser with a session, and forms filled in from the page they are on."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from console.domain.staff import Role, Staff
from console.login.cookies import SESSION
from console.login.sessions import Sessions
from e2e.outside import comes_true
from madoguchi.contracts.flow import CONSOLE
from madoguchi.service.clock import utc_now
from madoguchi.store.open import connected
from madoguchi_sandbox.launcher.stack import Stack


@dataclass(slots=True)
class Desk:
    """Somebody at work, at the case of one request."""

    http: httpx.AsyncClient
    page: httpx.Response

    async def look(self, request_id: str) -> str:
        """Go to the case; what its page says."""
        self.page = (await self.http.get(f"/cases/{request_id}")).raise_for_status()
        return self.page.text

    async def waits(self, request_id: str) -> None:
        """Until the case is in the queue."""

        async def there() -> bool:
            return request_id in (await self.http.get("/queue")).raise_for_status().text

        await comes_true(there)

    async def press(self, address: str, /, **said: str) -> str:
        """Send the form that goes to that address, filled in; what the page says to which it leads."""
        action = next(a for a in re.findall(r'action="(/[\w/:-]+)"', self.page.text) if a.endswith(f"/{address}"))
        shown = self.page.text.partition(f'action="{action}"')[2].partition("</form>")[0]
        hidden = dict(re.findall(r'name="(csrf|mark)" value="([\w-]+)"', shown))
        self.page = await self.http.post(action, data={**hidden, **said})
        if self.page.is_redirect:
            self.page = await self.http.get(self.page.headers["location"])
        return self.page.raise_for_status().text


@asynccontextmanager
async def at_work(stack: Stack, town: str, number: str, *roles: Role) -> AsyncIterator[Desk]:
    """A browser of somebody who is signed in."""
    async with connected(stack.layout.store_uri, CONSOLE) as documents:
        secret = await Sessions(documents, utc_now).begin(Staff(number, frozenset(roles), town), "見本 職員", "")
    headers = {"Cookie": f"{SESSION}={secret}", "Accept": "text/html", "Accept-Language": "en"}
    async with httpx.AsyncClient(base_url=stack.layout.url(CONSOLE), headers=headers, timeout=30) as http:
        yield Desk(http, await http.get("/queue"))
