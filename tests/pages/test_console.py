"""The console in a real browser, by keyboard alone: two people solve a referred case; without barriers (axe)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, ViewportSize, expect
from starlette.requests import Request

from browser import choose, look_over, phone_page, press, tab_to
from console.domain.acts import What
from console.domain.staff import Role, Staff
from console.login.session import Session, session
from madoguchi_sandbox import register
from sandbox_world import listening
from unit.console import given as g
from unit.console.world import World

pytestmark = pytest.mark.pages
DESK = ViewportSize(width=1280, height=900)
NUMBERS = {"0042": Role.CLERK, "0007": Role.APPROVER, "0003": Role.AUDITOR}


@pytest.fixture
async def world(tmp_path: Path) -> World:
    register.write(tmp_path / "register.sqlite")
    made = World(tmp_path / "register.sqlite")
    await made.referred("takahashi_hashigo")
    sessions = {
        number: await made.sessions.find(
            await made.sessions.begin(Staff(number, frozenset({role}), g.TOWN), "見本 職員", "")
        )
        for number, role in NUMBERS.items()
    }

    def whoever(request: Request) -> Session:
        found = sessions[request.headers["x-staff"]]
        assert found is not None
        return found

    made.app.dependency_overrides[session] = whoever
    return made


@pytest.fixture
async def url(world: World) -> AsyncIterator[str]:
    async with listening(world.app) as url:
        yield url


@asynccontextmanager
async def browser_of(number: str, *, scripts: bool = True) -> AsyncIterator[Page]:
    """A tab of somebody who is signed in."""
    async with phone_page(scripts=scripts) as page:
        await page.set_extra_http_headers({"X-Staff": number})
        yield page


async def test_two_people_solve_a_referred_case_by_keyboard(url: str) -> None:
    async with browser_of("0042") as page:
        await page.goto(f"{url}/queue")
        await look_over(page, "console-queue")
        await tab_to(page, page.get_by_role("link", name=g.REQUEST))
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="申請の経過")).to_be_visible()
        await look_over(page, "console-case")
        await press(page, "担当する")
        await choose(page, "目的", "review")
        await press(page, "開く")
        await expect(page.get_by_text("U+9AD8 → U+9AD9")).to_be_visible()
        await look_over(page, "console-opened")
        await page.set_viewport_size(DESK)
        await look_over(page, "console-opened-wide")
        this_one = page.get_by_label("この住民票に決める")
        await tab_to(page, this_one)
        await page.keyboard.press("Space")
        await expect(this_one).to_be_checked()
        await tab_to(page, page.locator("#approve-reason"))
        await page.locator("#approve-reason").select_option("variant_characters")
        await press(page, "承認する")
        await expect(page.get_by_text("別の職員の決裁を待っています")).to_be_visible()
        await look_over(page, "console-proposed")
    async with browser_of("0007") as page:
        await page.goto(f"{url}/cases/{g.REQUEST}")
        await choose(page, "目的", "confirm")
        await press(page, "開く")
        await expect(page.get_by_text("提案された住民票")).to_be_visible()
        await look_over(page, "console-confirm")
        await press(page, "提案どおり決裁する")
        await expect(page.get_by_text("職員が交付を判断しました")).to_be_visible()
        await page.set_viewport_size(DESK)
        await look_over(page, "console-decided")
        await page.goto(f"{url}/queue")
        await expect(page.get_by_text("審査を待っている申請はありません。")).to_be_visible()


async def test_it_works_without_scripts_and_says_so_when_somebody_else_was_first(url: str, world: World) -> None:
    async with browser_of("0042", scripts=False) as page:
        await page.goto(f"{url}/cases/{g.REQUEST}?lang=en")
        await world.send(g.issuance_referred(90, 2))
        await page.get_by_role("button", name="Take it").click()
        await expect(page.get_by_role("alert")).to_contain_text("Somebody else took it, or it changed meanwhile")


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_the_other_pages_have_no_barriers(url: str, world: World, language: str) -> None:
    for number in range(3):
        await world.acts.record(g.TOWN, f"004{number}", What.OPEN, why="review", about=g.REQUEST)
    async with browser_of("0003") as page:
        for path in ("acts", "search?q=nothing", f"cases/{g.REQUEST}", "queue"):
            await page.goto(f"{url}/{path}{'&' if '?' in path else '?'}lang={language}")
            await look_over(page, f"console-{path.partition('?')[0].partition('/')[0]}-{language}")
