"""The whole login, and signing out, against the sandbox's sign-in service."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from madoguchi.contracts.vocabulary import Language
from unit.console.login.world import (
    APPROVER,
    AUDITOR,
    CLERK,
    CONSOLE,
    ISSUER,
    NOBODY,
    OTHER_TOWN,
    PAGES,
    RESIDENT,
    TOWN,
    World,
    shown,
)

SESSION = "__Host-console-session"


async def test_a_clerk_signs_in_and_comes_to_the_page_that_was_asked_for(world: World) -> None:
    browser = world.browser()
    page = await browser.get("/cases/req_1?tab=log")
    assert shown(page) == "Sign in"
    start = "/login/start?" + urlencode({"next": "/cases/req_1?tab=log"})
    assert start.replace("&", "&amp;") in page.text
    assert (await world.sign_in(browser, CLERK, wanted="/cases/req_1?tab=log")).json() == {
        "case": "req_1",
        "number": CLERK,
    }
    me = (await browser.get("/")).json()
    assert (me["number"], me["name"], me["roles"], me["town"]) == (CLERK, "窓口　受子", ["clerk"], TOWN)
    assert me["resident"] is None
    assert world.acts == [(CLERK, "login")]


async def test_who_also_lives_in_the_town_is_known_by_a_pseudonym(world: World) -> None:
    me = (await world.sign_in(world.browser(), RESIDENT)).json()
    assert me["resident"] == f"{201:064x}"
    assert me["roles"] == ["approver", "clerk"]


async def test_the_session_cookie_is_well_kept(world: World) -> None:
    browser = world.browser()
    answer = await browser.get(await world.answer(browser, CLERK), follow_redirects=False)
    cookie = next(line for line in answer.headers.get_list("set-cookie") if line.startswith(SESSION))
    assert {part.strip().lower() for part in cookie.split(";")[1:]} == {"httponly", "path=/", "samesite=lax", "secure"}


async def test_without_a_role_a_page_is_refused_in_words(world: World) -> None:
    browser = world.browser()
    await world.sign_in(browser, AUDITOR)
    page = await browser.get("/cases/req_1")
    assert page.status_code == 403
    assert shown(page) == "This page is for other roles"


@pytest.mark.parametrize(
    ("number", "town", "said"),
    [
        (NOBODY, TOWN, "You have no role in this console"),
        (CLERK, OTHER_TOWN, "Your town is not served here"),
    ],
)
async def test_who_may_not_work_here_hears_why(world: World, number: str, town: str, said: str) -> None:
    browser = world.browser()
    page = await world.sign_in(browser, number, town)
    assert page.status_code == 403
    assert shown(page) == said
    assert SESSION not in browser.cookies
    assert world.acts == []
    assert shown(await browser.get("/")) == "Sign in"


async def test_a_form_needs_the_secret_of_its_session(world: World) -> None:
    mine, theirs = world.browser(), world.browser()
    csrf = (await world.sign_in(mine, CLERK)).json()["csrf"]
    other = (await world.sign_in(theirs, APPROVER)).json()["csrf"]
    assert (await mine.post("/claim", data={"csrf": csrf})).json() == {"claimed": "yes"}
    for data in ({"csrf": other}, {"csrf": ""}, {}, {"csrf": csrf[:-1]}):
        refused = await mine.post("/claim", data=data)
        assert refused.status_code == 403
        assert shown(refused) == "This could not be done"


async def test_a_form_without_session_leads_to_the_login_page(world: World) -> None:
    answer = await world.browser().post("/claim", data={"csrf": "x"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2F")


async def test_a_session_lapses(world: World) -> None:
    browser = world.browser()
    await world.sign_in(browser)
    world.clock.move(31 * 60)
    assert shown(await browser.get("/")) == "Sign in"


async def test_signing_out_ends_both_sessions(world: World) -> None:
    browser = world.browser()
    csrf = (await world.sign_in(browser)).json()["csrf"]
    cookie = browser.cookies[SESSION]
    assert (await browser.post("/logout", data={"csrf": "x"})).status_code == 403
    page = await browser.post("/logout", data={"csrf": csrf})
    assert shown(page) == "Signing out"
    assert SESSION not in browser.cookies
    on = page.text.partition('content="0; url=')[2].partition('"')[0].replace("&amp;", "&")
    assert on.startswith(f"{ISSUER}/end-session?")
    end = await browser.get(on)
    assert str(end.url) == f"{CONSOLE}/signed-out"
    assert shown(end) == "You are signed out"
    thief = world.browser()
    thief.cookies.set(SESSION, cookie, domain="console.test")
    assert shown(await thief.get("/")) == "Sign in"
    assert world.acts == [(CLERK, "login"), (CLERK, "logout")]


async def test_as_somebody_else_means_that_one_is_asked_again(world: World) -> None:
    browser = world.browser()
    sent = await browser.get("/login/start?again=yes", follow_redirects=False)
    assert parse_qs(urlsplit(sent.headers["location"]).query)["prompt"] == ["login"]
    sent = await browser.get("/login/start", follow_redirects=False)
    assert "prompt" not in parse_qs(urlsplit(sent.headers["location"]).query)


async def test_the_pages_speak_two_languages(world: World) -> None:
    page = await world.browser().get("/login", headers={"Accept-Language": "ja"})
    assert shown(page) == "サインイン"
    assert 'lang="ja-x-easy"' not in page.text
    assert PAGES.languages() == (Language.JAPANESE, Language.ENGLISH)
    assert PAGES.catalogue.check() == []


async def test_without_sign_in_service_a_page_says_so(world: World) -> None:
    world.login.provider.issuer = "https://signin.test/nowhere"
    page = await world.browser().get("/login/start")
    assert page.status_code == 503
    assert shown(page) == "The sign-in service does not answer"
