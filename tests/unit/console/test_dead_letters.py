"""Dead letters on the pages: seen by cause, tried dry, replayed once, discarded for a reason, every act on record."""

from dataclasses import replace
from functools import partial

import httpx
import pytest

from console.domain.acts import What
from console.domain.staff import Role
from console.domain.trouble import Cause, hold
from madoguchi.bus.codec import encode
from madoguchi.bus.record import Record
from unit.console import given as g
from unit.console.world import World, form, words

POISON = Record("madoguchi.requests.v1", g.REQUEST.encode(), "見本子の住所".encode(), (("ce_subject", b"Yamada"),))


async def press(http: httpx.AsyncClient, page: str, act: str, **said: str) -> httpx.Response:
    """The button of a page, pressed."""
    return await http.post(f"{page}/{act}", data=form(await http.get(page), **said))


async def cause_page(http: httpx.AsyncClient) -> str:
    """The address of the only cause."""
    listed = (await http.get("/dead-letters")).text
    assert listed.count("/dead-letters/causes/") == 1
    return "/dead-letters/causes/" + listed.partition("/dead-letters/causes/")[2][:16]


async def acts_of(world: World, about: str) -> list[tuple[str, str, str]]:
    return [(act.what, act.why, act.staff) for act in await world.acts.about(about)]


async def test_dead_letters_are_listed_by_cause_with_their_numbers_and_ages(world: World) -> None:
    await world.set_aside("notify", encode(g.submitted()), encode(g.issued()))
    await world.set_aside("notify", encode(g.submitted()))
    world.clock.move(7200)
    async with world.at_work("0042", Role.OPERATOR) as http:
        shown = words(await http.get("/dead-letters"))
    assert "3 wait for somebody to act." in shown
    assert "Notices Request accepted ValueError 2 2 h ago 2 h ago See all 2" in shown
    assert "Certificate issued ValueError 1" in shown


async def test_what_is_sealed_or_cannot_be_read_is_not_shown_nor_kept(world: World) -> None:
    good, bad = await world.set_aside("identity", encode(g.evidence()), POISON, error="invalid_data")
    async with world.at_work("0042", Role.OPERATOR) as http:
        opened, unreadable = await http.get(f"/dead-letters/{good}"), await http.get(f"/dead-letters/{bad}")
    assert "sealed:v1:evidence:…" in opened.text
    assert "AAAA" not in opened.text
    assert "sha256" in unreadable.text
    assert "Only its size and digest are shown" in words(unreadable)
    for personal in ("見本子", "Yamada", "AAAA"):
        assert personal not in unreadable.text
        assert personal not in str(world.documents.collections)


async def test_a_dry_run_says_what_would_happen_and_changes_nothing(world: World) -> None:
    ids = await world.set_aside("notify", encode(g.submitted()), POISON, encode(g.evidence()))
    said = ["The service tries it again", "cannot be read", "does not handle such events"]
    before = world.broker.everything()
    async with world.at_work("0042", Role.OPERATOR) as http:
        for letter, expected in zip(ids, said, strict=True):
            assert expected in words(await press(http, f"/dead-letters/{letter}", "dry-run"))
    assert world.broker.everything() == before
    assert await world.acts.verify(g.TOWN) == 0


async def test_a_letter_is_replayed_once_however_often_it_is_asked_for(world: World) -> None:
    (letter,) = await world.set_aside("notify", encode(g.submitted()))
    page = f"/dead-letters/{letter}"
    async with world.at_work("0042", Role.OPERATOR) as http, world.at_work("0043", Role.OPERATOR) as other:
        both = form(await http.get(page)), form(await other.get(page))
        assert (await http.post(f"{page}/replay", data=both[0])).status_code == 303
        again = await other.post(f"{page}/replay", data=both[1])
        await world.sees()
        shown = words(await http.get(page))
        assert "No dead letter waits." in words(await http.get("/dead-letters"))
    assert (again.status_code, "It was replayed already" in words(again)) == (409, True)
    assert len(world.broker.replayed("notify")) == 1
    assert "Replayed" in shown
    assert "Clerk 0042" in shown
    assert await acts_of(world, letter) == [(What.REPLAY, "", "0042")]


async def test_two_who_press_at_the_same_moment_replay_once(world: World) -> None:
    (letter,) = await world.set_aside("notify", encode(g.submitted()))
    await world.deps.letters.apply(letter, partial(hold, staff="0043", now=world.clock()))
    async with world.at_work("0042", Role.OPERATOR) as http:
        answer = await press(http, f"/dead-letters/{letter}", "replay")
        assert (answer.status_code, "Somebody is at it" in words(answer)) == (409, True)
        assert world.broker.replayed("notify") == []
        world.clock.move(61)
        assert (await press(http, f"/dead-letters/{letter}", "replay")).status_code == 303
    assert len(world.broker.replayed("notify")) == 1


async def test_what_was_replayed_at_the_command_line_waits_no_more(world: World) -> None:
    (letter,) = await world.set_aside("notify", encode(g.submitted()))
    there = await world.broker.look("notify", [letter])
    await world.broker.send_again(there[letter])
    async with world.at_work("0042", Role.OPERATOR) as http:
        answer = await press(http, f"/dead-letters/{letter}", "discard", reason="duplicate")
        assert "It was replayed already" in words(answer)
        assert "Operator at the command line" in words(await http.get(f"/dead-letters/{letter}"))
        assert "No dead letter waits." in words(await http.get("/dead-letters"))
    assert await acts_of(world, letter) == []


async def test_a_letter_is_discarded_for_a_reason_and_the_topic_says_so_too(world: World) -> None:
    (letter,) = await world.set_aside("notify", POISON, error="missing_content-type")
    page = f"/dead-letters/{letter}"
    async with world.at_work("0042", Role.OPERATOR) as http:
        refused = await press(http, page, "discard", reason="because I can")
        assert (refused.status_code, "choose a reason" in words(refused)) == (409, True)
        assert (await press(http, page, "discard", reason="not_an_event")).status_code == 303
        assert "Discarded" in words(await http.get(page))
    there = await world.broker.look("notify", [letter])
    assert (there[letter].waiting, there[letter].discarded) == (False, "not_an_event")
    assert await acts_of(world, letter) == [(What.DISCARD, "not_an_event", "0042")]


async def test_many_are_replayed_at_once_up_to_a_bound_and_the_answer_says_how_far_it_got(world: World) -> None:
    ids = await world.set_aside("notify", *[encode(g.submitted())] * 53)
    async with world.at_work("0042", Role.OPERATOR) as http:
        page = await cause_page(http)
        dry = words(await press(http, page, "dry-run"))
        assert "Dry run of 50; nothing was changed 50: The service tries it again." in dry
        first = words(await press(http, page, "replay"))
        assert "Went through 50. 3 are left. 50: Replayed" in first
        second = words(await press(http, page, "replay"))
        assert "Went through 3. 0 are left. 3: Replayed" in second
    assert len(world.broker.replayed("notify")) == 53
    assert await acts_of(world, ids[52]) == [(What.REPLAY, "", "0042")]
    assert await world.acts.verify(g.TOWN) == 53


async def test_many_are_discarded_at_once(world: World) -> None:
    await world.set_aside("notify", *[replace(POISON, value=bytes([n])) for n in range(3)], error="no_data")
    async with world.at_work("0042", Role.OPERATOR) as http:
        page = await cause_page(http)
        assert (await press(http, page, "discard")).status_code == 409
        unreadable = words(await press(http, page, "replay"))
        assert "3 are left. 3: It cannot be read, so it would fail again as it is." in unreadable
        assert "0 are left. 3: Discarded" in words(await press(http, page, "discard", reason="test"))


async def test_while_the_broker_is_away_letters_can_be_seen_and_nothing_is_done(world: World) -> None:
    (letter,) = await world.set_aside("notify", encode(g.submitted()))
    page = f"/dead-letters/{letter}"
    async with world.at_work("0042", Role.OPERATOR) as http:
        world.broker.away = True
        assert (await http.get(page)).status_code == 200
        answer = await press(http, page, "replay")
        assert (answer.status_code, "The broker does not answer" in answer.text) == (503, True)
        world.broker.away, world.broker.full = False, True
        assert (await press(http, page, "replay")).status_code == 503
        assert [what for what, _, _ in await acts_of(world, letter)] == [What.REPLAY, What.NOT_DONE]
        world.broker.full = False
        assert (await press(http, page, "replay")).status_code == 303
    assert len(world.broker.replayed("notify")) == 1


async def test_what_the_broker_has_no_more_can_only_be_discarded(world: World) -> None:
    (letter,) = await world.set_aside("notify", encode(g.submitted()))
    world.broker.topics.clear()
    async with world.at_work("0042", Role.OPERATOR) as http:
        assert "the broker has it no more" in words(await press(http, f"/dead-letters/{letter}", "replay"))
        assert (await press(http, f"/dead-letters/{letter}", "discard", reason="no_longer_needed")).status_code == 303


async def test_a_broker_that_lost_everything_gives_the_place_to_another_letter(world: World) -> None:
    (letter,) = await world.set_aside("notify", encode(g.submitted()))
    async with world.at_work("0042", Role.OPERATOR) as http:
        await press(http, f"/dead-letters/{letter}", "replay")
        world.broker.topics.clear()
        assert await world.set_aside("notify", encode(g.issued())) == [letter]
        assert "Certificate issued" in words(await http.get(f"/dead-letters/{letter}"))
        assert "1 wait" in words(await http.get("/dead-letters"))


async def test_retries_and_dead_letters_are_in_the_timeline_of_the_request(world: World) -> None:
    await world.send(g.submitted())
    world.broker.tried_later("notify", encode(g.submitted()), 1)
    world.clock.move(60)
    (letter,) = await world.set_aside("notify", encode(g.submitted()))
    async with world.at_work("0042", Role.OPERATOR) as http:
        await press(http, f"/dead-letters/{letter}", "discard", reason="handled_otherwise")
        shown = words(await http.get(f"/cases/{g.REQUEST}"))
    told = ["Request accepted", "tried again later", "set aside", "What was set aside was discarded"]
    places = [shown.index(one) for one in told]
    assert places == sorted(places)
    assert "Error Away Attempts 1" in shown
    assert "handled otherwise" in shown


async def test_another_towns_letters_are_not_there_but_those_of_nobody_are(world: World) -> None:
    other = "req_01kattttttttttttttttttttt2"
    (theirs,) = await world.set_aside("notify", encode(g.submitted(other, town="131016")))
    (nobodys,) = await world.set_aside("notify", POISON)
    async with world.at_work("0042", Role.OPERATOR) as http:
        assert (await http.get(f"/dead-letters/{theirs}")).status_code == 404
        cause = Cause(service="notify", error="ValueError", type=g.submitted().type)
        assert "None waits for this cause any more." in words(await http.get(f"/dead-letters/causes/{cause.key}"))
        assert (await http.get(f"/dead-letters/{nobodys}")).status_code == 200
        assert "1 wait" in words(await http.get("/dead-letters"))


@pytest.mark.parametrize("role", [Role.CLERK, Role.APPROVER, Role.AUDITOR])
async def test_dead_letters_are_for_operators(world: World, role: Role) -> None:
    (letter,) = await world.set_aside("notify", encode(g.submitted()))
    async with world.at_work("0042", role) as http:
        assert (await http.get("/dead-letters")).status_code == 403
        assert (await http.get(f"/dead-letters/{letter}")).status_code == 403


async def test_a_form_of_another_session_does_nothing(world: World) -> None:
    (letter,) = await world.set_aside("notify", encode(g.submitted()))
    async with world.at_work("0042", Role.OPERATOR) as http:
        assert (await http.post(f"/dead-letters/{letter}/replay", data={"csrf": "x"})).status_code == 403
    assert world.broker.replayed("notify") == []


async def test_the_address_of_a_form_leads_back(world: World) -> None:
    (letter,) = await world.set_aside("notify", encode(g.submitted()))
    async with world.at_work("0042", Role.OPERATOR) as http:
        page = await cause_page(http)
        for address in (page, f"/dead-letters/{letter}"):
            assert (await http.get(f"{address}/replay")).headers["location"] == address
            assert (await http.get(f"{address}/other")).status_code == 404
