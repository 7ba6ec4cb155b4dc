"""A referred case on the pages: taken, opened on record, proposed by one, confirmed by another."""

import json

import httpx
import pytest

from console.domain.review import mark
from console.domain.staff import Role
from madoguchi.contracts.events import IdentityDecided, IssuanceDecided
from madoguchi.contracts.personal import CardAttributes, ClerkChoice
from madoguchi.vault.port import Access, LegalBasis, Purpose
from madoguchi_sandbox.register import PERSONAS
from unit.console import given as g
from unit.console.world import World, card, form, words

CASE = f"/cases/{g.REQUEST}"
HASHIGO = PERSONAS["takahashi_hashigo"]
AUDIT = Access("test", Purpose.CLERK_REVIEW, LegalBasis.RESIDENT_REGISTER_ACT_12)


async def taken_and_opened(http: httpx.AsyncClient, purpose: str = "review") -> httpx.Response:
    page = await http.get(CASE)
    assert (await http.post(f"{CASE}/claim", data=form(page))).status_code == 303
    return await http.post(f"{CASE}/open", data=form(page, purpose=purpose))


async def proposes(world: World, number: str = "0042") -> None:
    """A clerk takes the case, looks, and proposes the entry."""
    async with world.at_work(number, Role.CLERK) as http:
        opened = await taken_and_opened(http)
        said = form(opened, verdict="approve", approve_reason="variant_characters", entry=HASHIGO.address_number)
        answer = await http.post(f"{CASE}/decide", data=said)
        assert answer.status_code == 303, words(answer)


async def test_what_is_opened_is_shown_with_the_differing_character_marked(world: World) -> None:
    await world.referred("takahashi_hashigo")
    async with world.at_work("0042", Role.CLERK) as http:
        before = await http.get(CASE)
        opened = await taken_and_opened(http)
    assert "見本子" not in before.text
    assert '<mark class="explained">高</mark>' in opened.text
    assert '<mark class="explained">髙</mark>' in opened.text
    assert "U+9AD8 → U+9AD9" in words(opened)
    assert "characters were replaced on the card" in words(opened)
    assert opened.headers["cache-control"] == "no-store"


async def test_opening_is_on_record_for_the_resident_and_for_the_town(world: World) -> None:
    await world.referred("takahashi_hashigo")
    async with world.at_work("0042", Role.CLERK) as http:
        await taken_and_opened(http)
        shown = words(await http.get(CASE))
    assert await world.looks() == [
        ("clerk:0042", "attributes"),
        ("clerk:0042", "review"),
        ("clerk:0042", "register"),
    ]
    acts = [(act.what, act.why) for act in await world.acts.about(g.REQUEST)]
    assert acts == [("claim", ""), ("open", "review")]
    assert "Opened the case" in shown
    assert await world.acts.verify(g.TOWN) == 2


async def test_without_a_purpose_nothing_is_opened(world: World) -> None:
    await world.referred("takahashi_hashigo")
    async with world.at_work("0042", Role.CLERK) as http:
        page = await http.get(CASE)
        answer = await http.post(f"{CASE}/open", data=form(page, purpose="curiosity"))
    assert answer.status_code == 409
    assert "choose what you open it for" in words(answer)
    assert await world.looks() == []


async def test_one_proposes_another_confirms_and_the_decision_is_published(world: World) -> None:
    await world.referred("takahashi_hashigo")
    await proposes(world)
    assert await world.sent() == []
    async with world.at_work("0007", Role.APPROVER) as http:
        waits = words(await http.get(CASE))
        opened = await http.post(f"{CASE}/open", data=form(await http.get(CASE), purpose="confirm"))
        answer = await http.post(f"{CASE}/confirm", data=form(opened))
    assert "Proposed by 0042: approve (same person, only the shape of characters differs)" in waits
    assert "Proposed entry" in words(opened)
    assert answer.status_code == 303
    (decided,) = await world.sent()
    assert isinstance(decided, IssuanceDecided)
    assert (decided.clerk, decided.approver) == ("0042", "0007")
    assert decided.choice is not None
    choice = await world.vault.open(g.REQUEST, decided.choice, ClerkChoice, AUDIT)
    assert choice.address_number == HASHIGO.address_number


async def test_who_may_not_confirm_sees_no_button_and_is_refused(world: World) -> None:
    await world.referred("takahashi_hashigo")
    await proposes(world, "0099")
    async with world.at_work("0042", Role.CLERK) as http:
        opened = await http.post(f"{CASE}/open", data=form(await http.get(CASE), purpose="review"))
        assert f"{CASE}/confirm" not in opened.text
        present = await world.deps.cases.load(g.REQUEST)
        assert present is not None
        answer = await http.post(f"{CASE}/confirm", data=form(await http.get(CASE), mark=mark(present.state)))
    assert answer.status_code == 409
    assert "You do not have the role" in words(answer)
    assert await world.sent() == []


async def test_a_case_that_somebody_else_took_says_so_and_shows_how_it_is(world: World) -> None:
    await world.referred("takahashi_hashigo")
    async with world.at_work("0042", Role.CLERK) as one, world.at_work("0043", Role.CLERK) as other:
        page = await one.get(CASE)
        assert (await other.post(f"{CASE}/claim", data=form(await other.get(CASE)))).status_code == 303
        answer = await one.post(f"{CASE}/claim", data=form(page))
    assert answer.status_code == 409
    assert "Somebody else took it" in words(answer)
    assert "Staff member 0043 works on it" in words(answer)
    assert [act.staff for act in await world.acts.about(g.REQUEST)] == ["0043"]


async def test_staff_cannot_decide_a_request_that_may_be_their_own(world: World) -> None:
    await world.referred("takahashi_hashigo")
    own = world.vault.pseudonym(g.TOWN, "address_number", HASHIGO.address_number)
    async with world.at_work("0042", Role.CLERK, resident_pseudonym=own) as http:
        opened = await taken_and_opened(http)
        said = form(await http.get(CASE), verdict="refuse", refuse_reason="not_the_person")
        answer = await http.post(f"{CASE}/decide", data=said)
    assert "This may be about yourself" in words(opened)
    assert f"{CASE}/decide" not in opened.text
    assert answer.status_code == 409
    assert await world.sent() == []


async def test_staff_cannot_choose_their_own_entry_which_a_search_found(world: World) -> None:
    await world.referred("takahashi_hashigo")
    own = world.vault.pseudonym(g.TOWN, "address_number", PERSONAS["hanako"].address_number)
    async with world.at_work("0042", Role.CLERK, resident_pseudonym=own) as http:
        page = await taken_and_opened(http)
        number = PERSONAS["hanako"].address_number
        said = form(page, verdict="approve", approve_reason="moved", entry=number)
        answer = await http.post(f"{CASE}/decide", data=said)
    assert answer.status_code == 409
    assert "This may be about yourself" in words(answer)


async def test_a_search_in_the_register_is_on_record_and_its_finds_can_be_chosen(world: World) -> None:
    await world.referred("takahashi_hashigo", "no_match")
    async with world.at_work("0042", Role.CLERK) as http:
        await taken_and_opened(http)
        found = await http.post(f"{CASE}/register", data=form(await http.get(CASE), name="例野　花子"))
        nothing = await http.post(f"{CASE}/register", data=form(await http.get(CASE), name=" "))
    assert f'value="{PERSONAS["hanako"].address_number}"' in found.text
    assert nothing.status_code == 409
    assert [act.what for act in await world.acts.about(g.REQUEST)] == ["claim", "open", "search_register"]
    assert (await world.looks()).count(("clerk:0042", "register")) == 2


async def test_a_form_of_another_session_does_nothing(world: World) -> None:
    await world.referred("takahashi_hashigo")
    async with world.at_work("0042", Role.CLERK) as http, world.at_work("0043", Role.CLERK) as other:
        page, others = await http.get(CASE), await other.get(CASE)
        answer = await http.post(f"{CASE}/claim", data={**form(page), "csrf": form(others)["csrf"]})
    assert answer.status_code == 403
    assert await world.acts.about(g.REQUEST) == ()


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.AUDITOR])
async def test_others_see_the_timeline_and_open_nothing(world: World, role: Role) -> None:
    await world.referred("takahashi_hashigo")
    async with world.at_work("0042", role) as http:
        page = await http.get(CASE)
        answer = await http.post(f"{CASE}/open", data=form(page, purpose="review"))
    assert "Open the case" not in page.text
    assert answer.status_code == 403
    assert "This page is for other roles" in answer.text
    assert await world.looks() == []


async def test_after_erasure_nothing_can_be_opened_and_the_page_says_so(world: World) -> None:
    await world.referred("takahashi_hashigo")
    await world.vault.erase(g.REQUEST)
    async with world.at_work("0042", Role.CLERK) as http:
        answer = await taken_and_opened(http)
    assert answer.status_code == 409
    assert "were erased" in words(answer)


async def test_nothing_that_was_opened_lies_in_the_store(world: World) -> None:
    await world.referred("takahashi_hashigo")
    await proposes(world)
    kept = json.dumps(world.documents.collections, ensure_ascii=False)
    for personal in (HASHIGO.name, HASHIGO.address, HASHIGO.address_number, HASHIGO.birth_date, "見本子"):
        assert personal not in kept


async def test_an_auditor_reads_checks_and_exports_the_acts(world: World) -> None:
    await world.referred("takahashi_hashigo")
    await proposes(world)
    async with world.at_work("0003", Role.AUDITOR) as http:
        page = await http.get("/acts")
        export = await http.post("/acts/export", data=form(page))
    assert "All 3 acts are there" in words(page)
    lines = [json.loads(line) for line in export.text.splitlines()]
    assert [line["what"] for line in lines] == ["claim", "open", "propose", "export"]
    assert lines[2]["why"] == "approve:variant_characters"
    assert "attachment" in export.headers["content-disposition"]


async def test_acts_are_for_auditors(world: World) -> None:
    async with world.at_work("0042", Role.CLERK) as http:
        assert (await http.get("/acts")).status_code == 403


async def test_once_the_acts_are_broken_nothing_more_is_done(world: World) -> None:
    await world.referred("takahashi_hashigo")
    await proposes(world)
    world.documents.collections["act_heads"][g.TOWN]["mac"] = "0" * 64
    async with world.at_work("0007", Role.APPROVER) as http:
        answer = await http.post(f"{CASE}/claim", data=form(await http.get(CASE)))
    assert answer.status_code == 503
    assert "record of acts is broken" in answer.text
    async with world.at_work("0003", Role.AUDITOR) as http:
        assert "An act was changed or is missing" in words(await http.get("/acts"))


async def test_who_it_is_is_told_from_what_the_card_states_and_decided_with_the_registers_text(world: World) -> None:
    await world.vault.create_key(g.REQUEST, g.TOWN)
    stated = await world.vault.seal(g.REQUEST, "attributes", card("takahashi_hashigo"))
    await world.send(g.submitted(), g.identity_referred(attributes=stated))
    async with world.at_work("0042", Role.CLERK) as http:
        opened = await taken_and_opened(http)
        said = form(opened, verdict="approve", approve_reason="seen_document", entry=HASHIGO.address_number)
        assert (await http.post(f"{CASE}/decide", data=said)).status_code == 303
    assert '<mark class="explained">髙</mark>' in opened.text
    (decided,) = await world.sent()
    assert isinstance(decided, IdentityDecided)
    assert decided.attributes is not None
    confirmed = await world.vault.open(g.REQUEST, decided.attributes, CardAttributes, AUDIT)
    assert (confirmed.name, confirmed.name_substitutions) == (HASHIGO.name, "0" * len(HASHIGO.name))
    looks = [one.legal_basis for one in await world.vault.access_log(g.REQUEST) if one.actor == "clerk:0042"]
    assert set(looks) == {LegalBasis.JPKI_ACT_17}
