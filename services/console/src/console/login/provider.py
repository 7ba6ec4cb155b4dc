"""The sign-in service (OpenID provider): its discovery document and keys, the exchange of a code, a token's signature.

The exchange is one form (RFC 6749 §4.1.3) over httpx; joserfc does all that is cryptography. Authlib's httpx client
would do the exchange, but it no longer goes with httpx.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from pydantic import BaseModel, ConfigDict, ValidationError

from console.login.client_auth import ClientAuth
from console.login.id_token import ALGORITHMS
from madoguchi.service.clock import Clock

KEEP_METADATA: Final = timedelta(hours=1)
KEYS_AGAIN_AFTER: Final = timedelta(seconds=30)
"""Tokens with made-up key ids must not make us ask for the keys each time."""
SECONDS: Final = 10.0
"""Until the sign-in service counts as away."""


class ProviderAway(Exception):
    """The sign-in service does not answer, or not as it should; the message says what is wrong."""


class CodeRefused(Exception):
    """The sign-in service does not take the code; the message is its error code (RFC 6749 §5.2)."""


class TokenInvalid(Exception):
    """Not a token that the sign-in service signed with an accepted algorithm."""


class Metadata(BaseModel):
    """What we need of the discovery document (OpenID Connect Discovery 1.0 §3)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None = None
    authorization_response_iss_parameter_supported: bool = False

    def unsafe(self) -> list[str]:
        """Addresses that are less protected than the issuer itself."""
        given = (self.authorization_endpoint, self.token_endpoint, self.jwks_uri, self.end_session_endpoint)
        allowed = ("https",) if urlsplit(self.issuer).scheme == "https" else ("https", "http")
        return [url for url in given if url is not None and urlsplit(url).scheme not in allowed]


@dataclass(slots=True)
class Provider:
    """One issuer, and us as its client."""

    client: httpx.AsyncClient
    issuer: str
    auth: ClientAuth
    clock: Clock
    discovery_url: str | None = None
    """Default: the well-known place below the issuer."""
    _metadata: tuple[datetime, Metadata] | None = None
    _keys: tuple[datetime, KeySet] | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def metadata(self) -> Metadata:
        """The discovery document, at most an hour old. Raises `ProviderAway`."""
        async with self._turn:
            if self._metadata is None or self.clock() - self._metadata[0] >= KEEP_METADATA:
                self._metadata = (self.clock(), await self._discover())
            return self._metadata[1]

    async def redeem(self, code: str, verifier: str, redirect_uri: str) -> str:
        """The ID token for a code. Raises `CodeRefused`, `ProviderAway`."""
        metadata = await self.metadata()
        form, basic = self.auth.credentials(metadata.issuer, metadata.token_endpoint, self.clock())
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
            **form,
        }
        answer = await self._ask("POST", metadata.token_endpoint, data=asked, auth=basic)
        said = _object(answer, metadata.token_endpoint)
        if answer.is_client_error:
            raise CodeRefused(str(said.get("error", answer.status_code)))
        if not answer.is_success or not isinstance(said.get("id_token"), str):
            raise ProviderAway(f"{metadata.token_endpoint}: no ID token in its answer")
        return str(said["id_token"])

    async def verified(self, id_token: str) -> Mapping[str, Any]:
        """The claims of a token, once its signature holds; whether they are for us is another question. Asks for the
        keys again when the token names one that is not known. Raises `TokenInvalid`, `ProviderAway`."""
        try:
            return _claims(id_token, await self._key_set(again=False))
        except InvalidKeyIdError:
            pass
        try:
            return _claims(id_token, await self._key_set(again=True))
        except InvalidKeyIdError:
            raise TokenInvalid("its key is not among those of the sign-in service") from None

    async def _key_set(self, *, again: bool) -> KeySet:
        metadata = await self.metadata()
        async with self._turn:
            now = self.clock()
            fresh_until = KEYS_AGAIN_AFTER if again else KEEP_METADATA
            if self._keys is None or now - self._keys[0] >= fresh_until:
                answer = await self._ask("GET", metadata.jwks_uri)
                try:
                    self._keys = (now, KeySet.import_key_set(_object(answer, metadata.jwks_uri)))  # type: ignore[arg-type]  # joserfc checks it
                except (JoseError, ValueError, KeyError, TypeError) as error:
                    raise ProviderAway(f"{metadata.jwks_uri}: not a set of keys ({type(error).__qualname__})") from None
            return self._keys[1]

    async def _discover(self) -> Metadata:
        url = self.discovery_url or f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
        answer = await self._ask("GET", url)
        try:
            metadata = Metadata.model_validate(_object(answer, url))
        except ValidationError as error:
            missing = ", ".join(".".join(map(str, problem["loc"])) for problem in error.errors())
            raise ProviderAway(f"{url}: wrong or missing: {missing}") from None
        if metadata.issuer != self.issuer:
            raise ProviderAway(f"{url}: it is of another issuer than {self.issuer}")
        if unsafe := metadata.unsafe():
            raise ProviderAway(f"{url}: not https: {', '.join(unsafe)}")
        return metadata

    async def _ask(self, method: str, url: str, **what: Any) -> httpx.Response:
        try:
            answer = await self.client.request(method, url, timeout=SECONDS, follow_redirects=False, **what)
        except httpx.HTTPError as error:
            raise ProviderAway(f"{url}: {type(error).__qualname__}") from None
        if answer.is_server_error or answer.is_redirect:
            raise ProviderAway(f"{url}: status {answer.status_code}")
        return answer


def _object(answer: httpx.Response, url: str) -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise ProviderAway(f"{url}: its answer is no JSON object (status {answer.status_code})")
    return said


def _claims(id_token: str, keys: KeySet) -> dict[str, Any]:
    registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    try:
        return jwt.decode(id_token, keys, registry=registry).claims
    except InvalidKeyIdError:
        raise
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise TokenInvalid(type(error).__qualname__) from None
