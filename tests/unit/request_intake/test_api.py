"""The REST API, through the whole app."""

import asyncio
from typing import Any

import httpx
import pytest

from request_intake import handlers
from request_intake.domain.consent import CONSENT_VERSION
from request_intake.http import events
from unit.request_intake.given import eligible_event, hear_all, verified_event
from unit.request_intake.world import Intake

BODY: dict[str, Any] = {
    "certificate": "residence_certificate",
    "contact": {"email": "hanako.mihon@example.jp"},
    "consent": {"accepted": True, "version": CONSENT_VERSION},
}
MEMBER: dict[str, Any] = {
    "options": {"subjects": "member"},
    "member": {"name": "見本　太郎", "birth_date": "1990-01-02"},
}


async def create(client: httpx.AsyncClient, key: str = "k-1", **more: Any) -> httpx.Response:
    return await client.post("/v1/requests", json={**BODY, **more}, headers={"Idempotency-Key": f'"{key}"'})


async def test_the_catalogue_says_what_is_lawful_today(intake: Intake) -> None:
    async with intake.client() as client:
        found = (await client.get("/v1/catalogue")).json()
    (offer,) = found["certificates"]
    methods = {proof["method"]: proof for proof in offer["proofs"]}
    assert set(methods) == {"jpki_signature", "counter"}  # the photo rule of 2020 ended in 2021
    assert methods["jpki_signature"]["online"]
    assert not methods["counter"]["online"]
    assert (offer["fee"], offer["charge"]) == (300, "after_review")
    assert {way["way"] for way in found["other_ways"]} == {"counter", "post"}


async def test_accepted_means_stored(intake: Intake) -> None:
    async with intake.client() as client:
        answer = await create(client)
        request_id = answer.json()["request_id"]
        read = await client.get(answer.headers["location"])
    assert answer.status_code == 202
    assert await intake.sent(request_id) == ["RequestSubmitted", "ProofRequested"]
    assert answer.json()["challenge"]["nonce"] in answer.json()["challenge"]["text"]
    assert read.json() == {name: value for name, value in answer.json().items() if name != "challenge"}


async def test_personal_data_lies_in_the_store_only_sealed(intake: Intake) -> None:
    async with intake.client() as client:
        request_id = (await create(client, **MEMBER)).json()["request_id"]
        await client.post(
            f"/v1/requests/{request_id}/evidence",
            json={"challenge_id": (await intake.state(request_id)).proof.challenges[0].id, "cms": "AAAA"},
        )
    stored = repr(intake.documents.collections) + repr(intake.vault_documents.collections)
    for secret in ("hanako", "example.jp", "太郎", "1990-01-02", "AAAA'"):
        assert secret not in stored
    assert "/r/req_" not in stored  # nor the links, each of which is a permission


async def test_the_same_key_gives_the_same_answer_and_one_request(intake: Intake) -> None:
    async with intake.client() as client:
        first, again = await create(client), await create(client)
        other = await create(client, language="en")
        missing = await client.post("/v1/requests", json=BODY)
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert len(intake.documents.collections["requests"]) == 1
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency_key_missing")


async def test_the_same_key_at_the_same_moment_makes_one_request(intake: Intake) -> None:
    async with intake.client() as client:
        answers = await asyncio.gather(*(create(client) for _ in range(8)))
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert len(intake.documents.collections["requests"]) == 1


@pytest.mark.parametrize(
    "text", ["123456789018", "1234-5678-9018", "１２３４　５６７８　９０１８", "一二三四五六七八九〇一八"]
)
async def test_a_my_number_is_refused_explained_and_not_stored(intake: Intake, text: str) -> None:
    member = {"name": f"太郎 {text}", "birth_date": "1990-01-02"}
    async with intake.client() as client:
        answer = await create(client, options={"subjects": "member"}, member=member)
    assert (answer.status_code, answer.json()["code"]) == (422, "my_number_refused")
    assert answer.json()["errors"][0]["pointer"] == "#/member/name"
    assert text not in answer.text
    assert not intake.documents.collections.get("requests")
    assert not intake.documents.collections.get("idempotent_answers")
    assert not intake.vault_documents.collections


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"options": {"subjects": "member"}}, "#/member"),
        ({"consent": {"accepted": True, "version": "old"}}, "#/consent/version"),
        ({"consent": {"accepted": False, "version": CONSENT_VERSION}}, "#/consent/accepted"),
        ({"certificate": "koseki"}, "#/certificate"),
        ({"contact": {"email": "no address"}}, "#/contact/email"),
        ({"surprise": 1}, "#/surprise"),
    ],
)
async def test_what_is_wrong_is_said_with_its_place(intake: Intake, more: dict[str, Any], pointer: str) -> None:
    async with intake.client() as client:
        answer = await create(client, **more)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


async def test_only_the_channel_that_made_it_sees_it(intake: Intake) -> None:
    async with intake.client() as client:
        path = (await create(client)).headers["location"]
    for key, status in ((None, 401), ("other", 404), ("test", 404), ("live", 200)):
        async with intake.client(key) as client:
            assert (await client.get(path)).status_code == status


async def test_test_keys_make_requests_that_are_marked(intake: Intake) -> None:
    async with intake.client("test") as client:
        assert (await create(client)).json()["live"] is False


async def test_evidence_a_new_text_and_what_does_not_fit(intake: Intake) -> None:
    async with intake.client() as client:
        made = (await create(client)).json()
        path, challenge = f"/v1/requests/{made['request_id']}", made["challenge"]
        same = await client.post(f"{path}/challenges")
        bad = await client.post(f"{path}/evidence", json={"challenge_id": challenge["challenge_id"], "cms": "*"})
        body = {"challenge_id": challenge["challenge_id"], "cms": "AAAA"}
        taken, again = [await client.post(f"{path}/evidence", json=body) for _ in range(2)]
        busy = await client.post(f"{path}/challenges")
    assert same.json() == challenge
    assert bad.status_code == 422
    assert (taken.status_code, taken.json()["status"], again.json()["status"]) == (202, "checking", "checking")
    assert (busy.status_code, busy.json()["code"]) == (409, "already_checking")
    assert (await intake.sent(made["request_id"])).count("EvidenceSubmitted") == 1


async def test_cancelling_and_another_way(intake: Intake) -> None:
    async with intake.client() as client:
        one, two = (await create(client)).json(), (await create(client, "k-2")).json()
        cancelled = await client.post(f"/v1/requests/{one['request_id']}/cancel")
        moved = await client.post(f"/v1/requests/{two['request_id']}/other-way", json={"way": "post"})
        too_late = await client.post(f"/v1/requests/{one['request_id']}/other-way", json={"way": "post"})
    assert (cancelled.json()["status"], moved.json()["status"]) == ("cancelled", "redirected")
    assert (too_late.status_code, too_late.json()["code"]) == (409, "already_ended")


async def test_the_access_log_is_the_vaults(intake: Intake) -> None:
    async with intake.client() as client:
        request_id = (await create(client)).json()["request_id"]
        await intake.look(request_id)
        log = (await client.get(f"/v1/requests/{request_id}/access-log")).json()
    (look,) = log["looks"]
    assert (look["actor"], look["purpose"], look["fields"]) == ("notify", "send_notice", ["contact"])
    assert "通知システム" in look["words"]


async def test_events_of_a_request_and_coming_again(intake: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "LOOK_EVERY", 0.01)
    monkeypatch.setattr(events, "STREAM_FOR", 1.5)
    async with intake.client() as client:
        request_id = (await create(client)).json()["request_id"]
        path = f"/v1/requests/{request_id}/events"
        stream = asyncio.create_task(client.get(path))
        await asyncio.sleep(0.05)
        await hear_all(intake.deps, request_id, verified_event(), eligible_event())
        text = (await stream).text
        last = [line.removeprefix("id: ") for line in text.splitlines() if line.startswith("id: ")][-1]
        again = (await client.get(path, headers={"Last-Event-ID": last})).text
        unknown = await client.get("/v1/requests/req_00000000000000000000000000/events")
    assert text.count("event: status") >= 2
    assert '"status":"fee_due"' in text
    assert "event: status" not in again
    assert unknown.status_code == 404


async def test_after_erasure_nothing_can_be_read_any_more(intake: Intake) -> None:
    async with intake.client() as client:
        request_id = (await create(client)).json()["request_id"]
        await client.post(f"/v1/requests/{request_id}/cancel")
        await intake.tell_notices(request_id)
        intake.clock.pass_(days=91)
        await handlers.sweep(intake.deps)
        with pytest.raises(intake.KeyErased):
            await intake.look(request_id)
        assert (await client.get(f"/v1/requests/{request_id}")).json()["status"] == "cancelled"
