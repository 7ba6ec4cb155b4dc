"""Staff at the console of a running system: a browser with a session, and forms filled in from the page they are on."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from e2e.outside import comes_true
from towns import TOWN


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
async def signed_in(console_url: str, number: str, town: str = TOWN) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without scripts, in English, with a session; it follows redirects. `number`: staff number."""
    headers = {"Accept": "text/html", "Accept-Language": "en"}
    async with httpx.AsyncClient(
        base_url=console_url, headers=headers, follow_redirects=True, trust_env=False, timeout=30
    ) as http:
        choice = await http.get("/login/start")
        landed = await http.post(choice.url, data={"member": f"{town}-{number}"})
        assert landed.status_code == 200, landed.text
        assert str(landed.url).startswith(console_url)
        yield http


@asynccontextmanager
async def signed_in_at(console_url: str, number: str, town: str = TOWN) -> AsyncIterator[Desk]:
    """The same, at a desk, with the queue before them."""
    async with signed_in(console_url, number, town) as http:
        yield Desk(http, await http.get("/queue"))


def csrf_of(page: httpx.Response) -> str:
    """The secret that the page's forms carry."""
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]
