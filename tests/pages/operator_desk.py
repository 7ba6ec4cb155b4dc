"""An operator in a real browser, at a console in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Page
from starlette.requests import Request

from browser import phone_page
from console.domain.staff import Role, Staff
from console.login.session import Session, session
from unit.console import given as g
from unit.console.world import World

OPERATOR = Staff("0042", frozenset({Role.OPERATOR, Role.CLERK}), g.TOWN)


async def staffed(world: World) -> None:
    """Whoever comes is the operator."""
    found = await world.sessions.find(await world.sessions.begin(OPERATOR, "見本 職員", ""))

    def whoever(_: Request) -> Session:
        assert found is not None
        return found

    world.app.dependency_overrides[session] = whoever


@asynccontextmanager
async def at(url: str, language: str = "ja", *, scripts: bool = True) -> AsyncIterator[Page]:
    """A tab, in that language."""
    async with phone_page(locale="ja-JP" if language == "ja" else "en-GB", scripts=scripts) as page:
        await page.set_extra_http_headers({"Accept-Language": language})
        await page.goto(url)
        yield page
