"""A member of the sandbox's staff at the console of a running system, for tests through real processes."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from towns import TOWN


@asynccontextmanager
async def signed_in(console_url: str, number: str, town: str = TOWN) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without scripts, in English, with a session; it follows redirects. `number`: staff number."""
    headers = {"Accept": "text/html", "Accept-Language": "en"}
    async with httpx.AsyncClient(base_url=console_url, headers=headers, follow_redirects=True, trust_env=False) as http:
        choice = await http.get("/login/start")
        landed = await http.post(choice.url, data={"member": f"{town}-{number}"})
        assert landed.status_code == 200, landed.text
        assert str(landed.url).startswith(console_url)
        yield http


def csrf_of(page: httpx.Response) -> str:
    """The secret that the page's forms carry."""
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]
