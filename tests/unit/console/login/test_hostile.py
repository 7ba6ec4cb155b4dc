"""Every way that must not lead in: replays, mixed-up answers, forged tokens, fixed sessions, open redirects."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc import jwt

from unit.console.login.world import (
    APPROVER,
    CLERK,
    CLIENT_ID,
    ISSUER,
    World,
    shown,
)

SESSION = "__Host-console-session"


async def test_a_code_and_state_count_once(world: World) -> None:
    browser = world.browser()
    back = await world.answer(browser, CLERK)
    assert (await browser.get(back)).json()["number"] == CLERK
    again = await browser.get(back)
    assert again.status_code == 400
    assert shown(again) == "The sign-in could not be finished"


async def test_an_answer_in_another_browser_lets_nobody_in(world: World) -> None:
    """Login CSRF: a victim is made to open the attacker's answer; and theft: the thief opens the victim's."""
    mine, theirs = world.browser(), world.browser()
    back = await world.answer(mine, CLERK)
    await world.at_the_choice(theirs)
    for browser in (theirs, world.browser()):
        assert (await browser.get(back)).status_code == 400
        assert SESSION not in browser.cookies
    assert (await mine.get(back)).json()["number"] == CLERK


async def test_a_stolen_code_is_worth_nothing_in_another_attempt(world: World) -> None:
    victim, thief = world.browser(), world.browser()
    code = parse_qs(urlsplit(await world.answer(victim, APPROVER)).query)["code"][0]
    own = parse_qs(urlsplit(await world.answer(thief, CLERK)).query)
    injected = f"/callback?{urlencode({'code': code, 'state': own['state'][0], 'iss': ISSUER})}"
    assert (await thief.get(injected)).status_code == 400
    assert world.acts == []


@pytest.mark.parametrize(
    "query",
    [
        {}, {"code": "x"}, {"state": "x"}, {"state": "x", "code": "x", "iss": ISSUER}, {"error": "access_denied"},
        {"state": "\x00", "code": "y"}, {"state": "s" * 10_000, "code": "c"},
    ],
)  # fmt: skip
async def test_an_answer_to_nothing_leads_nowhere(world: World, query: dict[str, str]) -> None:
    page = await world.browser().get("/callback", params=query)
    assert page.status_code == 400
    assert shown(page) == "The sign-in could not be finished"


async def test_an_answer_from_another_issuer_is_not_taken(world: World) -> None:
    browser = world.browser()
    back = await world.answer(browser, CLERK)
    for other in ("https://evil.test", ""):
        mixed_up = back.replace(urlencode({"iss": ISSUER}), urlencode({"iss": other}))
        assert mixed_up != back
        assert (await browser.get(mixed_up)).status_code == 400


async def test_who_stops_at_the_sign_in_service_is_told_so(world: World) -> None:
    page = await world.answer(browser := world.browser(), "none")
    assert "error=access_denied" in page
    assert shown(await browser.get(page)) == "You were not signed in"


@pytest.mark.parametrize(
    "wrong",
    [
        {"nonce": "another"}, {"aud": "another"}, {"aud": [CLIENT_ID, "another"]}, {"iss": "https://evil.test"},
        {"exp": 1}, {"iat": 1}, {"auth_time": 1}, {"azp": "another"},
    ],
)  # fmt: skip
async def test_a_token_that_is_not_for_this_attempt_lets_nobody_in(
    world: World, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, Any]
) -> None:
    encode = jwt.encode
    monkeypatch.setattr(
        jwt, "encode", lambda header, claims, key, **k: encode(header, _changed(claims, wrong), key, **k)
    )
    browser = world.browser()
    page = await world.sign_in(browser)
    assert page.status_code == 400
    assert shown(page) == "The sign-in could not be finished"
    assert SESSION not in browser.cookies
    assert world.acts == []


def _changed(claims: dict[str, Any], wrong: dict[str, Any]) -> dict[str, Any]:
    return {**claims, **wrong} if "nonce" in claims else claims  # not the console's own assertion


async def test_too_late_is_too_late(world: World) -> None:
    browser = world.browser()
    back = await world.answer(browser, CLERK)
    world.clock.move(11 * 60)
    assert (await browser.get(back)).status_code == 400


@pytest.mark.parametrize("wanted", ["https://evil.test/", "//evil.test/x", "/\\evil.test", "javascript:alert(1)"])
async def test_no_next_leads_away(world: World, wanted: str) -> None:
    browser = world.browser()
    page = await browser.get("/login", params={"next": wanted})
    assert "evil" not in page.text.partition("<main")[2]
    assert "javascript" not in page.text.partition("<main")[2]
    answer = await browser.get(await world.answer(browser, CLERK, wanted=wanted), follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_a_session_begins_with_a_new_id_and_ends_the_old_one(world: World) -> None:
    browser = world.browser()
    browser.cookies.set(SESSION, "a" * 43, domain="console.test")  # fixed by somebody else
    await world.sign_in(browser, CLERK)
    first = browser.cookies[SESSION]
    assert first != "a" * 43
    await world.sign_in(browser, APPROVER)
    assert browser.cookies[SESSION] != first
    old = world.browser()
    old.cookies.set(SESSION, first, domain="console.test")
    assert shown(await old.get("/")) == "Sign in"
