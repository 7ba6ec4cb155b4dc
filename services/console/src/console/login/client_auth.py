"""How the console proves to the sign-in service that it is itself: a signed assertion, or a shared secret."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol
from urllib.parse import quote_plus

import httpx
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from madoguchi.policy.load import PolicyError

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
GOOD_FOR: Final = timedelta(minutes=1)
Method = Literal["private_key_jwt", "client_secret_basic"]
Audience = Literal["issuer", "token_endpoint"]
"""Whom the assertion addresses. The issuer is right; some sign-in services insist on the address of the endpoint."""

_CURVES = ("secp256r1", "secp384r1")
_ALGORITHMS = {"P-256": "ES256", "P-384": "ES384"}


class ClientAuth(Protocol):
    """Client authentication at the token endpoint (OpenID Connect Core 1.0 §9)."""

    @property
    def client_id(self) -> str:
        """As we are known there."""
        ...

    def credentials(
        self, issuer: str, token_endpoint: str, now: datetime
    ) -> tuple[Mapping[str, str], httpx.BasicAuth | None]:
        """Fields to add to the form, and HTTP authentication."""
        ...


@dataclass(frozen=True, slots=True, repr=False)
class PrivateKeyJwt:
    """`private_key_jwt` (RFC 7523): nothing that the other side keeps can be used to play us."""

    client_id: str
    key: ECKey | RSAKey
    audience: Audience = "issuer"
    new_id: Callable[[], str] = field(default=lambda: secrets.token_urlsafe(24))

    def credentials(
        self, issuer: str, token_endpoint: str, now: datetime
    ) -> tuple[Mapping[str, str], httpx.BasicAuth | None]:
        """See `ClientAuth`."""
        issued = int(now.timestamp())
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": issuer if self.audience == "issuer" else token_endpoint,
            "jti": self.new_id(),
            "iat": issued,
            "exp": issued + int(GOOD_FOR.total_seconds()),
        }
        algorithm = "PS256" if isinstance(self.key, RSAKey) else _ALGORITHMS[self.key.curve_name]
        header = {"alg": algorithm, "kid": self.key.kid or self.key.thumbprint()}
        assertion = jwt.encode(header, claims, self.key, algorithms=[algorithm])
        form = {"client_id": self.client_id, "client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
        return form, None


@dataclass(frozen=True, slots=True, repr=False)
class ClientSecret:
    """`client_secret_basic`, for sign-in services that take nothing better."""

    client_id: str
    secret: str

    def credentials(
        self, issuer: str, token_endpoint: str, now: datetime
    ) -> tuple[Mapping[str, str], httpx.BasicAuth | None]:
        """See `ClientAuth`."""
        return {}, httpx.BasicAuth(quote_plus(self.client_id), quote_plus(self.secret))  # RFC 6749 §2.3.1


def client_auth(method: Method, client_id: str, secret: str, audience: Audience = "issuer") -> ClientAuth:
    """`secret`: a private key (EC or RSA, PEM, not encrypted), or the shared secret. Raises `PolicyError`."""
    if method == "client_secret_basic":
        return ClientSecret(client_id, secret)
    try:
        native = load_pem_private_key(secret.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise PolicyError("the console's key for the sign-in service: expected a private key in PEM") from None
    if isinstance(native, RSAPrivateKey):
        return PrivateKeyJwt(client_id, RSAKey.import_key(secret), audience)
    if isinstance(native, EllipticCurvePrivateKey) and native.curve.name in _CURVES:
        return PrivateKeyJwt(client_id, ECKey.import_key(secret), audience)
    raise PolicyError("the console's key for the sign-in service: expected EC (P-256, P-384) or RSA")
