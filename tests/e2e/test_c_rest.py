"""The REST API from the first call to the certificate, as a channel integration uses it."""

import asyncio
import json
import uuid
from typing import Any

import pytest
from httpx import Response

from e2e.rest import Client, channel, key_of
from madoguchi_sandbox.launcher.stack import Stack
from towns import TOWN

pytestmark = pytest.mark.processes


def problem(answer: Response, status: int, code: str) -> dict[str, Any]:
    """The problem that an answer must be (RFC 9457)."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["type"].endswith(f"/problems/{code}")
    assert body["status"] == status
    assert body["title"]
    return body


async def test_from_the_catalogue_to_the_certificate(api: Client) -> None:
    key = str(uuid.uuid4())
    first = await api.create(email="rest@example.jp", key=key)
    again = await api.create(email="rest@example.jp", key=key)
    made = first.json()
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.headers["location"] == f"/v1/requests/{made['request_id']}"
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json()["request_id"] == made["request_id"]
    problem(await api.create(email="other@example.jp", key=key), 422, "idempotency_key_reused")

    followed = asyncio.create_task(_followed(api, made["request_id"], last="fee_due"))
    await api.sign(made, "hanako-good")
    statuses = await followed
    followed = asyncio.create_task(_followed(api, made["request_id"], last="ready"))
    await api.pay(made)
    statuses += (await followed)[1:]
    assert [status for status in statuses if status not in ("checking", "issuing")] == [
        "proof_needed", "fee_due", "ready",
    ]  # fmt: skip
    ready = await api.read(made)

    pdf = await api.stranger.get(f"{ready['links']['download']}/certificate.pdf")
    assert pdf.raise_for_status().content.startswith(b"%PDF-")
    log = (await api.http.get(f"/v1/requests/{made['request_id']}/access-log")).raise_for_status().json()
    assert {"identity", "issuance", "notify", "resident"} <= {look["actor"] for look in log["looks"]}
    assert all(look["words"] for look in log["looks"])
    problem(await api.http.post(f"/v1/requests/{made['request_id']}/cancel"), 409, "already_issued")


async def _followed(api: Client, request_id: str, *, last: str) -> list[str]:
    """The statuses as server-sent events, in order, until `last`; comes again when a stream ends."""
    statuses: list[str] = []
    seen: dict[str, str] = {}
    async with asyncio.timeout(60):
        while last not in statuses:
            async with api.http.stream("GET", f"/v1/requests/{request_id}/events", headers=seen) as stream:
                assert stream.headers["content-type"].startswith("text/event-stream")
                async for line in stream.aiter_lines():
                    field, _, value = line.partition(": ")
                    if field == "id":
                        seen = {"Last-Event-ID": value}
                    if field == "data" and (status := json.loads(value)["status"]) not in statuses[-1:]:
                        statuses.append(status)
                    if last in statuses:
                        break
    return statuses


async def test_what_is_wrong_is_said(api: Client, stack: Stack) -> None:
    wish = await api.wish()
    missing = problem(await api.http.post("/v1/requests", json=wish), 400, "idempotency_key_missing")
    assert "UUID" in missing["what_to_do"]
    problem(await api.stranger.get(api.http.base_url.join("/v1/catalogue")), 401, "unauthorized")
    wrong = {"Authorization": "Bearer mdg_live_" + "0" * 64}
    problem(await api.http.get("/v1/catalogue", headers=wrong), 401, "unknown_api_key")
    problem(await api.http.get("/v1/requests/req_" + "0" * 26), 404, "no_such_request")
    problem(await api.http.delete("/v1/catalogue"), 405, "method_not_allowed")
    large = b'{"certificate":"' + b"x" * 200_000 + b'"}'
    headers = {"Idempotency-Key": "k", "content-type": "application/json"}
    problem(await api.http.post("/v1/requests", content=large, headers=headers), 413, "too_large")
    headers["content-type"] = "text/plain"
    problem(await api.http.post("/v1/requests", content=b"hello", headers=headers), 415, "unsupported_media_type")
    number = {"subjects": "member"}
    member = {"name": "１２３４ ５６７８ ９０１８", "birth_date": "2000-01-01"}
    refused = problem(await api.create(options=number, member=member), 422, "my_number_refused")
    assert "9018" not in json.dumps(refused)
    made = (await api.create()).json()
    async with channel(stack, TOWN) as other:
        other.http.headers["Authorization"] = f"Bearer {key_of(stack, TOWN, 'sandbox-test')}"
        problem(await other.http.get(f"/v1/requests/{made['request_id']}"), 404, "no_such_request")


async def test_another_way_and_taking_it_back(api: Client) -> None:
    one, other = (await api.create()).json(), (await api.create()).json()
    way = await api.http.post(f"/v1/requests/{one['request_id']}/other-way", json={"way": "counter"})
    back = await api.http.post(f"/v1/requests/{other['request_id']}/cancel")
    assert (way.raise_for_status().json()["status"], way.json()["way"]) == ("redirected", "counter")
    assert back.raise_for_status().json()["status"] == "cancelled"
    problem(await api.http.post(f"/v1/requests/{one['request_id']}/cancel"), 409, "already_ended")
    evidence = await api.evidence(one["challenge"], "hanako-good")
    problem(await api.http.post(f"/v1/requests/{one['request_id']}/evidence", json=evidence), 409, "already_ended")
