"""What the provider decides and remembers: requests, codes, tokens. In memory: it forgets when it ends."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import unquote_plus, urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from madoguchi_sandbox.staff.directory import Member

ALGORITHMS: Final = ("ES256", "ES384", "PS256", "RS256")
CODE_SECONDS: Final = 60
TOKEN_SECONDS: Final = 300
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class NoClient(Exception):
    """Who asks is not registered, or wants to be sent somewhere else: nobody is sent there."""


class Denied(Exception):
    """The request is sent back: to `url`, which says what was wrong."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url


class TokenError(Exception):
    """What the token endpoint answers instead of a token (RFC 6749 §5.2)."""

    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


@dataclass(frozen=True, slots=True)
class Client:
    """A registered client: it has keys, or a secret."""

    id: str
    redirect_uris: tuple[str, ...]
    logout_uris: tuple[str, ...]
    keys: KeySet | None = None
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A good authorization request."""

    client: Client
    redirect_uri: str
    state: str
    nonce: str
    challenge: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What a code stands for."""

    asked: Asked
    member: Member
    signed_in_at: datetime


@dataclass(slots=True)
class Provider:
    """The issuer."""

    issuer: str
    key: ECKey
    clients: Sequence[Client]
    members: Sequence[Member]
    clock: Callable[[], datetime]
    _codes: dict[str, Grant] = field(default_factory=dict)
    _assertions: set[str] = field(default_factory=set)

    def asked(self, query: Mapping[str, str]) -> Asked:
        """The authorization request in `query`. Raises `NoClient`, `Denied`."""
        client, redirect_uri = self._client(query.get("client_id", "")), query.get("redirect_uri", "")
        if client is None or redirect_uri not in client.redirect_uris:
            raise NoClient
        wrong = _wrong(query)
        if wrong:
            raise Denied(self._back(redirect_uri, query.get("state", ""), error=wrong))
        return Asked(
            client, redirect_uri, query.get("state", ""), query.get("nonce", ""), query.get("code_challenge", "")
        )

    def granted(self, asked: Asked, member: Member) -> str:
        """Somebody chose to be `member`: where to send the browser, with a code."""
        code = secrets.token_urlsafe(32)
        self._codes[code] = Grant(asked, member, self.clock())
        return self._back(asked.redirect_uri, asked.state, code=code)

    def stopped(self, asked: Asked) -> str:
        """Somebody chose to be nobody."""
        return self._back(asked.redirect_uri, asked.state, error="access_denied")

    def redeemed(self, form: Mapping[str, str], authorization: str = "") -> dict[str, Any]:
        """What the token endpoint answers. Raises `TokenError`."""
        client = self._authenticated(form, authorization)
        if form.get("grant_type") != "authorization_code":
            raise TokenError("unsupported_grant_type")
        grant = self._codes.pop(form.get("code", ""), None)  # whatever comes of it: a code is tried once
        if grant is None or grant.asked.client is not client:
            raise TokenError("invalid_grant")
        if self.clock() > grant.signed_in_at + timedelta(seconds=CODE_SECONDS):
            raise TokenError("invalid_grant")
        right = form.get("redirect_uri") == grant.asked.redirect_uri
        if not right or not hmac.compare_digest(_s256(form.get("code_verifier", "")), grant.asked.challenge):
            raise TokenError("invalid_grant")
        return {
            "access_token": secrets.token_urlsafe(32),
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
            "scope": "openid profile",
            "id_token": self.id_token(grant),
        }

    def id_token(self, grant: Grant) -> str:
        """Says who signed in, to the client that asked."""
        now, member = int(self.clock().timestamp()), grant.member
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "sub": member.id,
            "aud": grant.asked.client.id,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "auth_time": int(grant.signed_in_at.timestamp()),
            "nonce": grant.asked.nonce,
            "name": member.name,
            "staff_number": member.number,
            "roles": list(member.roles),
            "municipality": member.municipality,
        }
        if member.resident_pseudonym is not None:
            claims["resident_pseudonym"] = member.resident_pseudonym
        return jwt.encode({"alg": "ES256", "kid": self.key.kid}, claims, self.key)

    def after_logout(self, query: Mapping[str, str]) -> str | None:
        """Where to go after signing out, when a client has registered that place for it."""
        client = self._client(query.get("client_id", ""))
        wanted = query.get("post_logout_redirect_uri", "")
        if client is None or wanted not in client.logout_uris:
            return None
        return f"{wanted}?{urlencode({'state': query['state']})}" if "state" in query else wanted

    def _client(self, client_id: str) -> Client | None:
        return next((client for client in self.clients if client.id == client_id), None)

    def _back(self, redirect_uri: str, state: str, **said: str) -> str:
        return f"{redirect_uri}?{urlencode({**said, 'state': state, 'iss': self.issuer})}"

    def _authenticated(self, form: Mapping[str, str], authorization: str) -> Client:
        if form.get("client_assertion_type") == _ASSERTION:
            return self._by_assertion(form.get("client_assertion", ""))
        name, secret = _basic(authorization)
        client = self._client(name)
        if client is None or client.secret is None or not hmac.compare_digest(client.secret, secret):
            raise TokenError("invalid_client", 401)
        return client

    def _by_assertion(self, assertion: str) -> Client:
        for client in self.clients:
            if client.keys is None:
                continue
            try:
                claims = jwt.decode(assertion, client.keys, algorithms=ALGORITHMS).claims
                self._registry(client).validate(claims)
            except (JoseError, ValueError):
                continue
            if claims["jti"] in self._assertions:
                break
            self._assertions.add(claims["jti"])
            return client
        raise TokenError("invalid_client", 401)

    def _registry(self, client: Client) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=int(self.clock().timestamp()),
            leeway=30,
            iss={"essential": True, "value": client.id},
            sub={"essential": True, "value": client.id},
            aud={"essential": True, "value": self.issuer},
            exp={"essential": True},
            jti={"essential": True},
        )


def _wrong(query: Mapping[str, str]) -> str:
    """The error code for a request that can't be granted; empty when it can."""
    if query.get("response_type") != "code":
        return "unsupported_response_type"
    if "openid" not in query.get("scope", "").split():
        return "invalid_scope"
    if query.get("code_challenge_method") != "S256" or len(query.get("code_challenge", "")) != 43:
        return "invalid_request"
    return "" if query.get("state") and query.get("nonce") else "invalid_request"


def _s256(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _basic(authorization: str) -> tuple[str, str]:
    kind, _, encoded = authorization.partition(" ")
    try:
        name, _, secret = base64.b64decode(encoded if kind.lower() == "basic" else "").decode().partition(":")
    except ValueError:
        return "", ""
    return unquote_plus(name), unquote_plus(secret)
