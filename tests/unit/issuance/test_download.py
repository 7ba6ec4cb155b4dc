"""Handing out the certificate: to the holder of the link, recorded, and never somebody else's."""

from datetime import timedelta

import pytest

from issuance.domain import ledger
from issuance.domain.case import Standing
from madoguchi.vault.port import Purpose
from madoguchi.web.links import sign
from unit.issuance.test_http import LINK_KEY, STATUS_PAGES, Door, door, token, without_whereabouts
from unit.issuance.world import MOMENT, REQUEST

__all__ = ["door"]


@STATUS_PAGES
async def test_the_page_opens_nothing_and_the_file_is_recorded(door: Door, language: str) -> None:
    number = await door.issue()
    before = await door.world.vault.access_log(REQUEST)
    page = await door.get(f"/download/{token()}", params={"lang": language})
    assert page.status_code == 200
    assert number in without_whereabouts(page.text.replace(token(), ""))
    assert await door.world.vault.access_log(REQUEST) == before
    answer = await door.get(f"/download/{token()}/certificate.pdf")
    assert answer.content == door.pdf()
    record = (await door.world.vault.access_log(REQUEST))[-1]
    assert (record.actor, record.purpose) == ("resident", Purpose.DELIVER_CERTIFICATE)
    assert record.fields == ("certificate",)


async def test_neighbours_behind_one_address_do_not_shut_each_other_out(door: Door) -> None:
    """A mobile carrier shows thousands of residents as one address; a minute's downloads of a town fit."""
    await door.issue()
    answers = [await door.get(f"/download/{token()}") for _ in range(100)]
    assert {answer.status_code for answer in answers} == {200}


async def test_the_file_has_a_name_that_says_nothing_personal(door: Door) -> None:
    number = await door.issue()
    shown = (await door.get(f"/download/{token()}/certificate.pdf")).headers["content-disposition"]
    assert shown.startswith(f"inline; filename=\"certificate-{number}.pdf\"; filename*=UTF-8''%E4%BD%8F")
    saved = await door.get(f"/download/{token()}/certificate.pdf", params={"save": "1"})
    assert saved.headers["content-disposition"].startswith("attachment;")
    assert saved.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["", "/certificate.pdf"])
async def test_an_expired_link_says_what_to_do(door: Door, path: str) -> None:
    await door.issue()
    answer = await door.get(f"/download/{token(timedelta(seconds=-1))}{path}")
    assert answer.status_code == 410
    assert "もう一度お申し込みください" in answer.text


@pytest.mark.parametrize("path", ["", "/certificate.pdf"])
async def test_a_made_up_link_or_one_for_another_purpose_opens_nothing(door: Door, path: str) -> None:
    await door.issue()
    status_link = sign(LINK_KEY, "status", REQUEST, MOMENT + timedelta(days=1))
    for bad in (status_link, token()[:-1] + "_", "nonsense"):
        assert (await door.get(f"/download/{bad}{path}")).status_code == 404


@pytest.mark.parametrize("path", ["", "/certificate.pdf"])
async def test_a_revoked_certificate_is_not_handed_out(door: Door, path: str) -> None:
    await door.issue()
    await door.world.send(door.world.closed())
    answer = await door.get(f"/download/{token()}{path}")
    assert answer.status_code == 410
    assert "効力がなくなりました" in answer.text


async def test_revoked_in_the_ledger_alone_is_enough(door: Door) -> None:
    number = await door.issue()
    await door.world.deps.ledger.apply(number, ledger.end(MOMENT))
    assert (await door.world.case()).standing is Standing.ISSUED
    assert (await door.get(f"/download/{token()}/certificate.pdf")).status_code == 410


async def test_after_erasure_nothing_can_be_opened(door: Door) -> None:
    await door.issue()
    await door.world.vault.erase(REQUEST)
    for below in ("", "/certificate.pdf"):
        answer = await door.get(f"/download/{token()}{below}")
        assert answer.status_code == 410
        assert "消去されました" in answer.text


async def test_the_page_is_in_the_language_of_whoever_asked(door: Door) -> None:
    await door.issue()
    asked = (await door.world.case()).asked
    assert asked
    page = await door.get(f"/download/{token()}", headers={"accept-language": "fr"})
    assert f'lang="{asked.language}"' in page.text


async def test_no_certificate_yet(door: Door) -> None:
    assert (await door.get(f"/download/{token()}")).status_code == 404
    submitted, verified, _ = await door.world.thread()
    await door.world.send(submitted, verified)
    answer = await door.get(f"/download/{token()}")
    assert answer.status_code == 404
    assert "まだ証明書はありません" in answer.text


async def test_a_referred_case_looks_the_same_whatever_the_reason(door: Door) -> None:
    pages = []
    for key in ("blocked", "double"):
        door.world.documents.collections.clear()
        await door.world.send(*await door.world.thread(key))
        pages.append((await door.get(f"/download/{token()}")).text)
    assert pages[0] == pages[1]


@pytest.mark.parametrize("change", [{"sealed": "sealed:v1:certificate:AAAA"}, {"request_id": "req_other"}])
async def test_a_stored_file_that_is_another_requests_is_not_handed_out(door: Door, change: dict[str, str]) -> None:
    """As when a print queue gives the next person's sheet (Yokohama, 2023)."""
    number = await door.issue()
    door.world.documents.collections["certificates"][number].update(change)
    answer = await door.get(f"/download/{token()}/certificate.pdf")
    assert answer.status_code == 500
    assert b"%PDF" not in answer.content


async def test_a_file_that_is_not_the_one_in_the_ledger_is_not_handed_out(door: Door) -> None:
    number = await door.issue()
    other = await door.world.vault.seal(REQUEST, "certificate", b"%PDF of somebody else")
    door.world.documents.collections["certificates"][number]["sealed"] = other
    answer = await door.get(f"/download/{token()}/certificate.pdf")
    assert answer.status_code == 500
    assert b"%PDF" not in answer.content
