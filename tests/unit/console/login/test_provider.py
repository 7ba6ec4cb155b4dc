"""Discovery, keys and signatures: what a sign-in service, or somebody who plays one, may not get past us."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from console.login.client_auth import PrivateKeyJwt, client_auth
from console.login.provider import CodeRefused, Provider, ProviderAway, TokenInvalid, _claims
from madoguchi.policy.load import PolicyError
from madoguchi.testing.clock import HandClock
from unit.console.login.world import client_key

ISSUER = "https://signin.test"
METADATA = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/jwks",
}
KEY = client_key()


@dataclass
class Played:
    """A sign-in service that answers what a test wants."""

    metadata: Any = field(default_factory=lambda: dict(METADATA))
    keys: list[ECKey | RSAKey | OctKey] = field(default_factory=lambda: [KEY])
    token: tuple[int, Any] = (200, {"id_token": "x"})
    away: bool = False
    asked: list[str] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if self.away:
            raise httpx.ConnectError("no route", request=request)
        if request.url.path == "/jwks":
            return httpx.Response(
                200, json={"keys": [key.as_dict(private=isinstance(key, OctKey)) for key in self.keys]}
            )
        if request.url.path == "/token":
            return httpx.Response(self.token[0], json=self.token[1])
        return httpx.Response(200, json=self.metadata)


@dataclass
class Both:
    played: Played
    provider: Provider
    clock: HandClock


@pytest.fixture
async def both() -> AsyncIterator[Both]:
    played, clock = Played(), HandClock()
    async with httpx.AsyncClient(transport=httpx.MockTransport(played)) as client:
        yield Both(played, Provider(client, ISSUER, PrivateKeyJwt("console", client_key()), clock), clock)


def signed(key: ECKey | RSAKey, alg: str = "ES256", **header: Any) -> str:
    return jwt.encode({"alg": alg, "kid": key.kid, **header}, {"sub": "1001"}, key, algorithms=[alg])


def assembled(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


async def test_a_signature_by_a_published_key_holds(both: Both) -> None:
    assert (await both.provider.verified(signed(KEY)))["sub"] == "1001"
    assert (await both.provider.verified(signed(KEY)))["sub"] == "1001"
    assert both.played.asked == ["/.well-known/openid-configuration", "/jwks"]


async def test_a_token_without_signature_is_refused(both: Both) -> None:
    for alg in ("none", "None", "NONE"):
        with pytest.raises(TokenInvalid):
            await both.provider.verified(assembled({"alg": alg, "kid": KEY.kid}, {"sub": "1001"}))
    with pytest.raises(TokenInvalid):
        await both.provider.verified(signed(KEY).rpartition(".")[0] + ".")


async def test_a_public_key_is_no_shared_secret(both: Both) -> None:
    """The old trick: HMAC with the bytes of the public key."""
    unsigned = assembled({"alg": "HS256", "kid": KEY.kid}, {"sub": "1001"}).rstrip(".")
    mac = hmac.digest(KEY.as_pem(private=False), unsigned.encode(), hashlib.sha256)
    with pytest.raises(TokenInvalid):
        await both.provider.verified(f"{unsigned}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}")


async def test_a_published_secret_is_none(both: Both) -> None:
    secret = OctKey.generate_key(256, {"kid": "shared"})
    both.played.keys.append(secret)
    token = jwt.encode({"alg": "HS256", "kid": "shared"}, {"sub": "1001"}, secret)
    with pytest.raises(TokenInvalid):
        await both.provider.verified(token)
    assert (await both.provider.verified(signed(KEY)))["sub"] == "1001"


async def test_a_token_cannot_bring_its_own_key(both: Both) -> None:
    own = client_key()
    for header in ({"jwk": own.as_dict(private=False)}, {"jku": "https://evil.test/jwks"}):
        with pytest.raises(TokenInvalid):
            await both.provider.verified(signed(own, **header))
        with pytest.raises(TokenInvalid):
            await both.provider.verified(signed(own, **header, kid=KEY.kid))
    assert not [path for path in both.played.asked if "evil" in path]


async def test_a_changed_token_is_refused(both: Both) -> None:
    head, _, signature = signed(KEY).split(".")
    claims = base64.urlsafe_b64encode(b'{"sub":"1002"}').rstrip(b"=").decode()
    with pytest.raises(TokenInvalid):
        await both.provider.verified(f"{head}.{claims}.{signature}")


async def test_new_keys_are_found_and_made_up_ones_do_not_make_us_ask_each_time(both: Both) -> None:
    await both.provider.verified(signed(KEY))
    new = client_key()
    both.played.keys = [new]
    with pytest.raises(TokenInvalid):
        await both.provider.verified(signed(new))  # too soon after the last look
    for _ in range(5):
        with pytest.raises(TokenInvalid):
            await both.provider.verified(signed(client_key()))
    assert both.played.asked.count("/jwks") == 1
    both.clock.move(31)
    assert (await both.provider.verified(signed(new)))["sub"] == "1001"
    with pytest.raises(TokenInvalid):
        await both.provider.verified(signed(KEY))
    assert both.played.asked.count("/jwks") == 2


async def test_a_key_is_dropped_within_the_hour(both: Both) -> None:
    await both.provider.verified(signed(KEY))
    both.played.keys = [client_key()]
    both.clock.move(61 * 60)
    with pytest.raises(TokenInvalid):
        await both.provider.verified(signed(KEY))


async def test_rsa_is_taken_too(both: Both) -> None:
    key = RSAKey.generate_key(2048, auto_kid=True)
    both.played.keys = [key]
    for alg in ("RS256", "PS256"):
        assert (await both.provider.verified(signed(key, alg)))["sub"] == "1001"
    with pytest.raises(TokenInvalid):
        await both.provider.verified(signed(key, "RS512"))


@given(st.text(max_size=80) | st.binary(max_size=40).map(lambda b: assembled({"alg": "ES256", "kid": KEY.kid}, {}, b)))
def test_what_is_no_token_is_refused_and_never_breaks(text: str) -> None:
    with pytest.raises(TokenInvalid):
        _claims(text, KeySet([KEY]))


@pytest.mark.parametrize(
    "changed",
    [
        {"issuer": "https://evil.test"},
        {"issuer": f"{ISSUER}/"},
        {"token_endpoint": None},
        {"token_endpoint": "http://signin.test/token"},
        {"jwks_uri": "http://signin.test/jwks"},
        {"end_session_endpoint": "javascript:alert(1)"},
    ],
)
async def test_a_wrong_discovery_document_is_not_used(both: Both, changed: dict[str, Any]) -> None:
    both.played.metadata.update(changed)
    with pytest.raises(ProviderAway):
        await both.provider.metadata()
    both.played.metadata = dict(METADATA)
    assert (await both.provider.metadata()).issuer == ISSUER


async def test_the_discovery_document_may_be_read_at_another_address(both: Both) -> None:
    both.provider.discovery_url = "http://inside.test/about"
    assert (await both.provider.metadata()).issuer == ISSUER
    assert both.played.asked == ["/about"]


async def test_a_sign_in_service_that_does_not_answer_is_away(both: Both) -> None:
    both.played.away = True
    with pytest.raises(ProviderAway, match="ConnectError"):
        await both.provider.metadata()
    both.played.away, both.played.metadata = False, ["not", "an", "object"]
    with pytest.raises(ProviderAway):
        await both.provider.metadata()
    both.played.metadata = dict(METADATA)
    for status, said in ((500, {}), (200, {}), (200, []), (302, {}), (200, {"id_token": 5})):
        both.played.token = (status, said)
        with pytest.raises(ProviderAway):
            await both.provider.redeem("c", "v", "https://console.test/callback")


async def test_a_code_that_is_refused_says_why(both: Both) -> None:
    both.played.token = (400, {"error": "invalid_grant"})
    with pytest.raises(CodeRefused, match="invalid_grant"):
        await both.provider.redeem("c", "v", "https://console.test/callback")


def test_a_key_that_cannot_be_used_is_refused_without_being_shown() -> None:
    public = KEY.as_pem(private=False).decode()
    for secret in ("", "not a key", public, "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----"):
        with pytest.raises(PolicyError, match="private key in PEM") as raised:
            client_auth("private_key_jwt", "console", secret)
        assert "c2VjcmV0" not in str(raised.value)
    curve = ECKey.generate_key("secp256k1").as_pem(private=True).decode()
    with pytest.raises(PolicyError, match="P-256"):
        client_auth("private_key_jwt", "console", curve)


@pytest.mark.parametrize("kind", ["P-256", "P-384", "RSA"])
def test_the_assertion_is_signed_with_our_key_for_the_issuer(kind: str) -> None:
    key = RSAKey.generate_key(2048) if kind == "RSA" else ECKey.generate_key(kind)
    auth = client_auth("private_key_jwt", "console", key.as_pem(private=True).decode())
    form, basic = auth.credentials(ISSUER, f"{ISSUER}/token", HandClock()())
    assert basic is None
    said = jwt.decode(form["client_assertion"], key, algorithms=["ES256", "ES384", "PS256"])
    assert said.claims["iss"] == said.claims["sub"] == "console"
    assert said.claims["aud"] == ISSUER
    again, _ = auth.credentials(ISSUER, f"{ISSUER}/token", HandClock()())
    assert (
        jwt.decode(again["client_assertion"], key, algorithms=["ES256", "ES384", "PS256"]).claims["jti"]
        != said.claims["jti"]
    )
    other = client_auth("private_key_jwt", "console", key.as_pem(private=True).decode(), "token_endpoint")
    form, _ = other.credentials(ISSUER, f"{ISSUER}/token", HandClock()())
    assert (
        jwt.decode(form["client_assertion"], key, algorithms=["ES256", "ES384", "PS256"]).claims["aud"]
        == f"{ISSUER}/token"
    )
