"""The sandbox's sign-in service: it is strict about what a real one is strict about, and everybody is made up."""

import base64
import hashlib
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from madoguchi.policy.load import load_town
from madoguchi.text.catalogue import Catalogue
from madoguchi.vault.keys import TownKeys
from madoguchi_sandbox.init import Places, initialise
from madoguchi_sandbox.register import PERSONAS
from madoguchi_sandbox.staff import CLIENT_ID, CLIENT_KEY, PATH, directory
from madoguchi_sandbox.staff.app import build, registered, staff_app
from madoguchi_sandbox.staff.provider import Client, Provider

URL, ISSUER, BACK = "http://sandbox.test", "http://sandbox.test/staff", "http://console.test/callback"
NOW = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
MEMBERS = directory.made_up("990019", lambda number: f"{int(number):064x}")
KEY = ECKey.generate_key("P-256", auto_kid=True)
ASKED = {
    "response_type": "code",
    "client_id": "console",
    "redirect_uri": BACK,
    "scope": "openid profile",
    "state": "s",
    "nonce": "n",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


@dataclass
class Service:
    http: httpx.AsyncClient
    now: list[datetime] = field(default_factory=lambda: [NOW])

    async def choose(self, number: str = "1001", **changed: str) -> dict[str, list[str]]:
        """Choose somebody; what the browser is sent back with."""
        query = {**ASKED, **changed}
        sent = await self.http.post("/authorize", params=query, data={"member": f"990019-{number}"})
        assert sent.status_code == 303
        assert sent.headers["location"].startswith(BACK)
        return parse_qs(urlsplit(sent.headers["location"]).query)

    async def redeem(
        self, code: str, changed: Mapping[str, str] | None = None, auth: httpx.Auth | None = None
    ) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": BACK,
            "code_verifier": VERIFIER,
            **(changed or {}),
        }
        return await self.http.post("/token", data=form, auth=auth or httpx.BasicAuth("console", "s%3Acret"))


def _reaching(app: FastAPI) -> httpx.AsyncClient:
    outer = FastAPI()
    outer.mount(PATH, app)
    return httpx.AsyncClient(transport=httpx.ASGITransport(outer), base_url=ISSUER)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    client = Client("console", (BACK,), ("http://console.test/signed-out",), secret="s:cret")
    now = [NOW]
    app = staff_app(Provider(ISSUER, KEY, [client], MEMBERS, lambda: now[0]))
    async with _reaching(app) as http:
        yield Service(http, now)


async def test_the_choice_becomes_a_code_and_the_code_a_token(service: Service) -> None:
    back = await service.choose()
    assert (back["state"], back["iss"]) == (["s"], [ISSUER])
    answer = await service.redeem(back["code"][0])
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    published = KeySet.import_key_set((await service.http.get("/jwks")).json())
    claims = jwt.decode(answer.json()["id_token"], published, algorithms=["ES256"]).claims
    assert claims["nonce"] == "n"
    assert (claims["staff_number"], claims["roles"], claims["municipality"]) == ("1001", ["clerk"], "990019")
    assert "resident_pseudonym" not in claims


async def test_what_is_published_is_public(service: Service) -> None:
    (key,) = (await service.http.get("/jwks")).json()["keys"]
    assert "d" not in key
    assert key["use"] == "sig"
    metadata = (await service.http.get("/.well-known/openid-configuration")).json()
    assert metadata["issuer"] == ISSUER
    assert metadata["code_challenge_methods_supported"] == ["S256"]


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"nonce": ""}, "invalid_request"),
        ({"state": ""}, "invalid_request"),
    ],
)
async def test_a_bad_request_is_sent_back(service: Service, changed: dict[str, str], error: str) -> None:
    sent = await service.http.get("/authorize", params={**ASKED, **changed})
    assert sent.status_code == 303
    assert sent.headers["location"].startswith(f"{BACK}?error={error}")


@pytest.mark.parametrize(
    "changed", [{"client_id": "another"}, {"redirect_uri": "http://evil.test/"}, {"redirect_uri": BACK + "/x"}]
)
async def test_nobody_is_sent_to_an_unknown_place(service: Service, changed: dict[str, str]) -> None:
    for answer in (
        await service.http.get("/authorize", params={**ASKED, **changed}),
        await service.http.post("/authorize", params={**ASKED, **changed}, data={"member": "990019-1001"}),
    ):
        assert answer.status_code == 400
        assert "location" not in answer.headers


@pytest.mark.parametrize(
    "changed",
    [{"code": "x"}, {"code_verifier": "w" * 43}, {"code_verifier": ""}, {"redirect_uri": "http://console.test/other"}],
)
async def test_a_code_needs_all_that_belongs_to_it_and_is_tried_once(service: Service, changed: dict[str, str]) -> None:
    code = (await service.choose())["code"][0]
    refused = await service.redeem(code, changed)
    assert (refused.status_code, refused.json()) == (400, {"error": "invalid_grant"})
    again = await service.redeem(code)
    assert again.status_code == (200 if "code" in changed else 400)


async def test_a_code_is_good_for_a_minute_once(service: Service) -> None:
    code = (await service.choose())["code"][0]
    assert (await service.redeem(code)).status_code == 200
    assert (await service.redeem(code)).json() == {"error": "invalid_grant"}
    late = (await service.choose())["code"][0]
    service.now[0] += timedelta(seconds=61)
    assert (await service.redeem(late)).json() == {"error": "invalid_grant"}


@pytest.mark.parametrize(("name", "secret"), [("console", "wrong"), ("another", "s%3Acret"), ("", ""), ("console", "")])
async def test_a_client_must_prove_who_it_is(service: Service, name: str, secret: str) -> None:
    code = (await service.choose())["code"][0]
    refused = await service.redeem(code, auth=httpx.BasicAuth(name, secret))
    assert (refused.status_code, refused.json()) == (401, {"error": "invalid_client"})
    assert (await service.redeem(code)).status_code == 200


def _assertion(key: ECKey, **changed: Any) -> dict[str, str]:
    seconds = int(NOW.timestamp())
    claims = {"iss": "console", "sub": "console", "aud": ISSUER, "jti": "1", "exp": seconds + 60, **changed}
    signed = jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key)
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    return {"client_assertion_type": kind, "client_assertion": signed}


async def test_an_assertion_counts_once_and_must_be_for_us() -> None:
    mine, other = (ECKey.generate_key("P-256", auto_kid=True) for _ in range(2))
    client = Client("console", (BACK,), (), keys=KeySet([ECKey.import_key(mine.as_dict(private=False))]))
    app = staff_app(Provider(ISSUER, KEY, [client], MEMBERS, lambda: NOW))
    async with _reaching(app) as http:
        service = Service(http)
        code = (await service.choose())["code"][0]
        seconds = int(NOW.timestamp())
        for wrong in ({"aud": "http://evil.test"}, {"exp": seconds - 60}, {"sub": "another"}, {"iss": "x"}, {"jti": 5}):
            assert (await service.redeem(code, _assertion(mine, **wrong))).status_code == 401
        assert (await service.redeem(code, _assertion(other))).status_code == 401
        assert (await service.redeem(code)).status_code == 401  # it has no secret
        assert (await service.redeem(code, _assertion(mine))).status_code == 200
        assert (await service.redeem(code, _assertion(mine))).json() == {"error": "invalid_client"}


async def test_after_signing_out_the_way_leads_to_registered_places_only(service: Service) -> None:
    query = {"client_id": "console", "post_logout_redirect_uri": "http://console.test/signed-out", "state": "z"}
    assert (await service.http.get("/end-session", params=query)).headers["location"].endswith("/signed-out?state=z")
    for changed in ({"client_id": "x"}, {"post_logout_redirect_uri": "http://evil.test/"}):
        answer = await service.http.get("/end-session", params={**query, **changed})
        assert answer.status_code == 200
        assert "location" not in answer.headers


async def test_the_page_says_that_it_is_for_practice_and_asks_for_no_password(service: Service) -> None:
    for language, loud in (("en", "practice sign-in service"), ("ja", "練習用の認証サービス")):
        page = await service.http.get("/authorize", params={**ASKED, "ui_locales": language})
        assert loud in page.text
        assert "form-action 'self' http://console.test;" in page.headers["content-security-policy"]
        assert len(re.findall(r'<button type="submit" name="member" value="990019-', page.text)) == len(MEMBERS)
        assert 'type="password"' not in page.text
    assert Catalogue.of_package("madoguchi_sandbox.staff").check() == []


def test_the_town_has_everybody_that_the_console_needs() -> None:
    roles = [role for member in MEMBERS for role in member.roles]
    assert roles.count("clerk") >= 2
    assert {"clerk", "approver", "operator", "auditor"} == set(roles)
    assert [member.number for member in MEMBERS if member.resident_pseudonym] == ["1003"]
    assert len({member.id for member in MEMBERS}) == len(MEMBERS)


async def test_init_makes_staff_and_keys(tmp_path: Path) -> None:
    places: Places = initialise(tmp_path, URL, NOW)
    members = directory.read(places.sandbox / "990019" / directory.FILE)
    town_keys = TownKeys.from_towns({"990019": load_town(places.town)}, tmp_path / "secrets")
    own = PERSONAS["takahashi_hashigo"]
    resident = next(member for member in members if member.resident_pseudonym)
    assert resident.name == own.name
    assert resident.resident_pseudonym == town_keys.pseudonyms("990019", "address_number", own.address_number)[0]
    assert own.address_number not in (places.sandbox / "990019" / directory.FILE).read_text("utf-8")
    secret = tmp_path / "secrets" / "console" / CLIENT_KEY
    assert secret.stat().st_mode & 0o077 == 0
    (client,) = registered(tmp_path, "http://console.test")
    assert client.keys is not None
    assert not any(key.is_private for key in client.keys)
    assert registered(tmp_path, "") == []
    app = build(tmp_path, ["990019"], URL, "http://console.test", lambda: NOW)
    async with _reaching(app) as http:
        page = await http.get("/authorize", params={**ASKED, "client_id": CLIENT_ID})
        assert page.status_code == 200
