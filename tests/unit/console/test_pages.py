"""The pages: who may see what, and that nothing personal is on them."""

import httpx
import pytest

from console.domain.staff import Role
from unit.console import given as g
from unit.console.world import World, words

OTHER = "req_01kattttttttttttttttttttt2"


async def test_without_a_session_every_page_leads_to_the_login(world: World) -> None:
    transport = httpx.ASGITransport(world.app)
    async with httpx.AsyncClient(transport=transport, base_url="https://console.example") as http:
        for path in ("/queue", f"/cases/{g.REQUEST}", "/search"):
            answer = await http.get(path)
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/login?next=%2F")


async def test_a_session_that_has_run_out_is_none(world: World) -> None:
    async with world.at_work("0042", Role.CLERK) as http:
        assert (await http.get("/queue")).status_code == 200
        world.clock.move(24 * 3600)
        assert (await http.get("/queue")).status_code == 303


async def test_the_first_page_is_one_that_they_may_see(world: World) -> None:
    for number, role in enumerate(Role):
        async with world.at_work(f"004{number}", role) as http:
            answer = await http.get("/")
            assert (await http.get(answer.headers["location"])).status_code == 200


async def test_the_queue_shows_what_waits_most_urgent_first(world: World) -> None:
    await world.send(g.submitted(), g.issuance_referred())
    await world.send(g.submitted(OTHER, deadline_at=g.at(61)), g.issuance_referred(request_id=OTHER))
    async with world.at_work("0042", Role.CLERK) as http:
        shown = words(await http.get("/queue"))
    assert shown.index(OTHER) < shown.index(g.REQUEST)
    assert "Within 24 hours" in shown
    assert "Sealed (open the case to read it)" in shown


async def test_a_case_that_was_answered_leaves_the_queue(world: World) -> None:
    await world.send(g.submitted(), g.issuance_referred(), g.issued())
    async with world.at_work("0042", Role.CLERK) as http:
        assert "No request waits for a clerk." in words(await http.get("/queue"))


async def test_the_queue_is_for_clerks_and_approvers(world: World) -> None:
    async with world.at_work("0099", Role.AUDITOR) as http:
        answer = await http.get("/queue")
        assert answer.status_code == 403
        assert "This page is for other roles" in answer.text
        assert "/queue" not in (await http.get("/search")).text


async def test_a_case_tells_everything_that_happened_and_who_looked(world: World) -> None:
    await world.vault.create_key(g.REQUEST, g.TOWN)
    await world.send(g.notice_sent(), g.submitted(), g.identity_referred())
    async with world.at_work("0042", Role.CLERK) as http:
        shown = words(await http.get(f"/cases/{g.REQUEST}"))
    assert shown.index("Request accepted") < shown.index("Notice sent") < shown.index("Identity referred to a clerk")
    assert "Channels LINE, E-mail" in shown
    assert "abababab" in shown
    assert "sealed:" not in shown


async def test_another_towns_case_is_not_there(world: World) -> None:
    await world.send(g.submitted(OTHER, town="131016"))
    async with world.at_work("0042", Role.CLERK) as http:
        assert (await http.get(f"/cases/{OTHER}")).status_code == 404
        assert "Nothing was found" in words(await http.get("/search", params={"q": OTHER}))


@pytest.mark.parametrize("said", [f"受付番号：{g.REQUEST}", g.NUMBER.lower(), f" {g.NUMBER} "])
async def test_a_case_is_found_by_its_number_however_it_was_pasted(world: World, said: str) -> None:
    await world.send(g.submitted(), g.issued())
    async with world.at_work("0042", Role.OPERATOR) as http:
        answer = await http.get("/search", params={"q": said})
    assert answer.headers["location"] == f"/cases/{g.REQUEST}"


async def test_what_is_searched_for_is_shown_as_text(world: World) -> None:
    async with world.at_work("0042", Role.CLERK) as http:
        answer = await http.get("/search", params={"q": '"><script>'})
    assert "<script>" not in answer.text


async def test_the_pages_are_in_japanese_too(world: World) -> None:
    async with world.at_work("0042", Role.CLERK) as http:
        answer = await http.get("/queue", params={"lang": "ja"})
    assert '<html lang="ja">' in answer.text
    assert "やさしい日本語" not in answer.text
    assert "審査待ちの申請" in answer.text
