"""The residents' pages."""

import re
from urllib.parse import urlsplit

import pytest

from madoguchi.contracts.vocabulary import Language
from madoguchi.policy.models import Municipality
from madoguchi.text.catalogue import Catalogue
from request_intake import handlers
from request_intake.domain.status import Action, Milestone, StatusCode
from unit.request_intake.given import accept, eligible_event, hear_all, issued_event, verified_event
from unit.request_intake.world import Intake

HTML = {"Accept": "text/html"}


async def opened(intake: Intake) -> tuple[str, str]:
    """A request's id and the path of its page."""
    request_id = await accept(intake.deps)
    return request_id, urlsplit(intake.deps.links.status_url(await intake.state(request_id))).path


async def test_the_page_leads_from_proof_to_payment_to_the_certificate(intake: Intake) -> None:
    request_id, page = await opened(intake)
    async with intake.client(None, **HTML) as client:
        assert f"{page}/prove" in (await client.get(page)).text
        await hear_all(intake.deps, request_id, verified_event(), eligible_event())
        assert f"{page}/pay" in (await client.get(page)).text
        paying = await client.get(f"{page}/pay")
        again = await client.get(f"{page}/pay")
        assert (paying.status_code, paying.headers["location"]) == (303, again.headers["location"])
        intake.clock.pass_(hours=1)
        await handlers.book(intake.deps, "990019", "pay_" + request_id[4:], 300, intake.clock())
        await hear_all(intake.deps, request_id, issued_event())
        ready = (await client.get(page)).text
    assert re.search(r'class="button" href="http://issuance\.example/download/req_', ready)


async def test_back_from_the_payment_page_nobody_is_asked_to_pay_again(intake: Intake) -> None:
    request_id, page = await opened(intake)
    async with intake.client(None, **HTML) as client:
        await hear_all(intake.deps, request_id, verified_event(), eligible_event())
        await client.get(f"{page}/pay")
        for away in (False, True):  # neither an unpaid page nor a silent provider keeps them from their own page
            intake.provider.away = away
            back = await client.get(f"{page}/paid")
            assert (back.status_code, back.headers["location"]) == (303, page)
            assert f"{page}/pay" in (await client.get(page)).text
        intake.provider.away = False
        intake.provider.paid.add("pay_" + request_id[4:])
        await client.get(f"{page}/paid")
        assert f"{page}/pay" not in (await client.get(page)).text
    assert (await intake.sent(request_id)).count("FeeSettled") == 1


async def test_once_consent_is_withdrawn_no_page_offers_the_certificate(intake: Intake) -> None:
    request_id, page = await opened(intake)
    await hear_all(intake.deps, request_id, verified_event(), eligible_event(), issued_event())
    await handlers.revoke_consent(intake.deps, request_id)
    async with intake.client(None, **HTML) as client:
        shown = (await client.get(page)).text
    assert "/download/" not in shown
    assert "Your certificate is ready" not in shown
    assert "you withdrew your consent" in shown


async def test_after_the_deadline_the_page_says_that_it_is_over(intake: Intake) -> None:
    request_id, page = await opened(intake)
    await hear_all(intake.deps, request_id, verified_event(), eligible_event(), issued_event())
    intake.clock.pass_(days=30)
    async with intake.client(None, **HTML) as client:
        shown = (await client.get(page)).text
    assert "/download/" not in shown
    assert "The time for getting it is over" in shown


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("below", ["", "/prove", "/cancel", "/other-way", "/consent", "/access-log"])
async def test_every_page_in_every_language(intake: Intake, below: str, language: Language, town: Municipality) -> None:
    request_id, page = await opened(intake)
    await intake.look(request_id)
    async with intake.client(None, **HTML) as client:
        answer = await client.get(f"{page}{below}", params={"lang": language.value})
    assert answer.status_code == 200
    assert f'<html lang="{language.value}">' in answer.text
    assert town.branding.phrase[language] in answer.text
    assert "<style" not in answer.text
    assert not re.search(r"<script(?![^>]* src=)|\son\w+=|style=", answer.text)


async def test_the_request_is_shown_in_its_language_unless_another_is_chosen(intake: Intake) -> None:
    _, page = await opened(intake)
    async with intake.client(None, **HTML, **{"Accept-Language": "ja"}) as client:
        assert '<html lang="en">' in (await client.get(page)).text
        await client.get(page, params={"lang": "ja"})
        assert '<html lang="ja">' in (await client.get(page)).text


async def test_the_exact_text_is_on_the_page_as_the_card_app_gets_it(intake: Intake) -> None:
    request_id, page = await opened(intake)
    async with intake.client(None) as client:
        challenge = (await client.get(f"{page}/challenge")).json()
        shown = (await client.get(f"{page}/prove", headers=HTML)).text
        body = {"challenge_id": challenge["challenge_id"], "cms": "AAAA"}
        taken = await client.post(urlsplit(challenge["submit_url"]).path, json=body)
        form = await client.post(f"{page}/evidence", data=body)
    assert challenge["request_id"] == request_id
    assert challenge["text"].replace("'", "&#39;") in shown
    assert (taken.status_code, taken.json()["status"]) == (202, "checking")
    assert form.status_code == 422


@pytest.mark.parametrize(
    ("below", "data", "status"),
    [("cancel", {}, "cancelled"), ("other-way", {"way": "counter"}, "redirected"), ("consent", {}, "cancelled")],
)
async def test_forms_act_and_lead_back(intake: Intake, below: str, data: dict[str, str], status: str) -> None:
    request_id, page = await opened(intake)
    async with intake.client(None, **HTML) as client:
        foreign = await client.post(f"{page}/{below}", data=data, headers={"Sec-Fetch-Site": "cross-site"})
        other_origin = await client.post(f"{page}/{below}", data=data, headers={"Origin": "https://evil.example"})
        assert (foreign.status_code, other_origin.status_code) == (403, 403)
        assert (await intake.state(request_id)).closed is None
        done = await client.post(f"{page}/{below}", data=data, headers={"Origin": "http://intake.example"})
        assert done.status_code == 303
        assert (await client.get(done.headers["location"])).status_code == 200
    closed = (await intake.state(request_id)).closed
    assert closed is not None
    assert closed.outcome == status


async def test_what_cannot_be_done_is_said_kindly(intake: Intake) -> None:
    request_id, page = await opened(intake)
    async with intake.client(None, **HTML) as client:
        nothing_due = await client.get(f"{page}/pay")
        await hear_all(intake.deps, request_id, verified_event(), eligible_event())
        intake.provider.away = True
        away = await client.get(f"{page}/pay")
        await handlers.cancel(intake.deps, request_id)
        over = await client.get(f"{page}/prove")
    assert (nothing_due.status_code, away.status_code, over.status_code) == (409, 503, 200)
    assert "There is nothing to pay" in nothing_due.text
    assert "This request has ended" in over.text


async def test_a_link_that_was_tampered_with_or_is_too_old_opens_nothing(intake: Intake) -> None:
    _, page = await opened(intake)
    async with intake.client(None, **HTML) as client:
        assert (await client.get(page[:-1] + ("A" if page[-1] != "A" else "B"))).status_code == 404
        intake.clock.pass_(days=200)
        assert (await client.get(page)).status_code == 410


async def test_the_pages_script_learns_that_something_changed(intake: Intake) -> None:
    request_id, page = await opened(intake)
    async with intake.client(None) as client:
        before = (await client.get(f"{page}/state")).json()
        assert before["mark"] in (await client.get(page)).text
        await handlers.cancel(intake.deps, request_id)
        assert (await client.get(f"{page}/state")).json() != before
        script = await client.get("/assets/own/refresh.js")
    assert script.status_code == 200


def test_every_text_is_there_in_every_language(catalogue: Catalogue) -> None:
    assert catalogue.check() == []
    needed = {f"status.{code}.{part}" for code in StatusCode for part in ("title", "text")}
    needed |= {f"action.{action}" for action in Action} | {f"milestone.{step}" for step in Milestone}
    assert needed <= catalogue.keys()
