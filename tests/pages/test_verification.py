"""Verification and download in a real browser, at the size of a phone, in every language; without barriers (axe)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from browser import look_over, phone_page
from issuance.documents.check import Examination, Verdict
from issuance.domain.certificate_number import check_code
from issuance.http.app import application
from issuance.http.doors import Doors
from madoguchi.policy.models import Municipality
from madoguchi.web.links import sign
from madoguchi_sandbox import register
from sandbox_world import listening
from unit.issuance.world import CODE, KEY, MOMENT, REQUEST, World, issued

pytestmark = pytest.mark.pages

LINK_KEY = b"l" * 32
LANGUAGES = pytest.mark.parametrize("language", ["ja", "ja-x-easy", "en"])


@pytest.fixture
async def world(tmp_path: Path) -> World:
    register.write(tmp_path / "register.sqlite")
    made = World(tmp_path / "register.sqlite")
    await made.send(*await made.thread())
    return made


@pytest.fixture
async def url(world: World) -> AsyncIterator[str]:
    async def picture(town: Municipality) -> bytes:
        return town.code.encode()

    number = issued(await world.sent()).certificate_number
    doors = Doors(
        cases=world.deps.cases,
        ledger=world.deps.ledger,
        certificates=world.deps.certificates,
        vault=world.vault,
        towns=world.deps.towns,
        link_keys={CODE: (LINK_KEY,)},
        examine=lambda pdf: Examination(Verdict.GENUINE if pdf.startswith(b"%PDF") else Verdict.ALTERED, number, CODE),
        picture=picture,
        clock=world.clock,
    )
    async with listening(application(doors, verify_per_minute=1000)) as url:
        yield url


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with phone_page() as tab:
        yield tab


@LANGUAGES
async def test_the_code_on_the_paper_leads_to_what_the_paper_says(
    world: World, url: str, page: Page, language: str
) -> None:
    number = issued(await world.sent()).certificate_number
    await page.goto(f"{url}/verify/{number}?k={check_code(KEY, number)}&lang={language}")
    await expect(page.locator("main")).to_contain_text(number)
    await look_over(page, f"verify-valid-{language}")
    await page.goto(f"{url}/verify/{number}?k=0&lang={language}")
    await expect(page.locator("main")).not_to_contain_text(number)
    await look_over(page, f"verify-not-ours-{language}")


@LANGUAGES
async def test_a_file_is_dropped_and_judged(world: World, url: str, page: Page, language: str) -> None:
    await page.goto(f"{url}/verify?lang={language}")
    await look_over(page, f"verify-form-{language}")
    genuine = b"%PDF " + issued(await world.sent()).certificate_number.encode() + b" copy 1"
    for name, content in (("valid", genuine), ("altered", b"something else")):
        await page.goto(f"{url}/verify?lang={language}")
        file = {"name": "certificate.pdf", "mimeType": "application/pdf", "buffer": content}
        await page.set_input_files("#file", file)  # type: ignore[arg-type]
        await page.click("main button")
        await expect(page.locator(f".note.{'good' if name == 'valid' else 'bad'}")).to_be_visible()
        await look_over(page, f"file-{name}-{language}")


@LANGUAGES
async def test_the_resident_fetches_the_certificate(world: World, url: str, page: Page, language: str) -> None:
    link = sign(LINK_KEY, "download", REQUEST, MOMENT + timedelta(days=1))
    await page.goto(f"{url}/download/{link}?lang={language}")
    await look_over(page, f"download-{language}")
    async with page.expect_download() as download:
        await page.click("main a.second")
    assert (await download.value).suggested_filename.endswith(".pdf")
    expired = sign(LINK_KEY, "download", REQUEST, MOMENT - timedelta(days=1))
    await page.goto(f"{url}/download/{expired}?lang={language}")
    await look_over(page, f"download-expired-{language}")
