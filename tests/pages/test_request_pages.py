"""A request's pages in a real browser, at the size of a phone, in every language; without barriers (axe)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from browser import look_over, phone_page
from madoguchi.policy.load import load_town
from madoguchi.text.catalogue import Catalogue
from request_intake import handlers
from request_intake.http.app import application, furnish
from sandbox_world import listening
from unit.request_intake import given
from unit.request_intake.world import TOWN, WEBHOOK_SECRET, Intake, build

pytestmark = pytest.mark.pages

LANGUAGES = pytest.mark.parametrize("language", ["ja", "ja-x-easy", "en"])
BELOW = ("", "/prove", "/other-way", "/cancel", "/consent", "/access-log")


@pytest.fixture
def intake() -> Intake:
    town = load_town(Path(__file__).parents[2] / "deploy/municipalities" / f"{TOWN}.yaml")
    return build(town, Catalogue.of_package("request_intake"))


@pytest.fixture
async def url(intake: Intake) -> AsyncIterator[str]:
    app = application()
    furnish(app, intake.deps, intake.documents, intake.api_keys, {TOWN: (WEBHOOK_SECRET,)})
    async with listening(app) as url:
        yield url


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with phone_page() as tab:
        yield tab


async def opened(intake: Intake, url: str) -> tuple[str, str]:
    """A request's id and the address of its page on this server."""
    request_id = await given.accept(intake.deps)
    address = intake.deps.links.status_url(await intake.state(request_id))
    return request_id, address.replace(intake.deps.links.intake_url, url)


@LANGUAGES
async def test_nothing_stands_in_the_way(intake: Intake, url: str, page: Page, language: str) -> None:
    request_id, address = await opened(intake, url)
    await intake.look(request_id)
    for below in BELOW:
        await page.goto(f"{address}{below}?lang={language}")
        await look_over(page, f"request{below.replace('/', '-')}-{language}")
    await page.goto(f"{address}/pay?lang={language}")
    await look_over(page, f"request-nothing-to-pay-{language}")


@LANGUAGES
async def test_every_end_looks_right(intake: Intake, url: str, page: Page, language: str) -> None:
    ends = {
        "ready": (given.verified_event(), given.eligible_event(), given.issued_event()),
        "refused": (given.verified_event(), given.refused_event()),
        "with-clerk": (given.identity_referred_event(),),
        "fee-due": (given.verified_event(), given.eligible_event()),
        "rejected": (given.rejected_event("1"),),
    }
    for name, events in ends.items():
        request_id, address = await opened(intake, url)
        await given.hear_all(intake.deps, request_id, *events)
        await page.goto(f"{address}?lang={language}")
        await look_over(page, f"request-{name}-{language}")


async def test_the_page_moves_on_by_itself(intake: Intake, url: str, page: Page) -> None:
    request_id, address = await opened(intake, url)
    await page.goto(f"{address}?lang=en")
    await expect(page.locator("h1")).to_have_text("Please prove who you are")
    await given.hear_all(intake.deps, request_id, given.verified_event(), given.eligible_event())
    await expect(page.locator("h1")).to_have_text("Please pay the fee")


async def test_a_resident_takes_it_back_with_the_keyboard(intake: Intake, url: str, page: Page) -> None:
    request_id, address = await opened(intake, url)
    await page.goto(f"{address}?lang=en")
    await page.get_by_role("link", name="Take the request back").press("Enter")
    await page.get_by_role("button", name="Take it back").press("Enter")
    await page.wait_for_load_state()
    assert (await intake.state(request_id)).closed is not None


async def test_without_scripts_nothing_is_lost(intake: Intake, url: str) -> None:
    request_id, address = await opened(intake, url)
    async with phone_page(scripts=False) as page:
        await page.goto(f"{address}?lang=en")
        await handlers.cancel(intake.deps, request_id)
        await page.get_by_role("link", name="Show the latest state").click()
        await expect(page.locator("h1")).to_have_text("You took the request back")


async def test_the_api_explains_itself(url: str, page: Page) -> None:
    await page.goto(f"{url}/docs")
    await expect(page.locator("main")).to_contain_text("POST /v1/requests")
    await look_over(page, "api")
