"""Whether the claims of an ID token whose signature holds are for us, now (OpenID Connect Core 1.0 §3.1.3.7). Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, TypeGuard

from joserfc.errors import ClaimError, ExpiredTokenError
from joserfc.jwt import JWTClaimsRegistry

ALGORITHMS: Final = ("ES256", "ES384", "PS256", "RS256")
"""Signatures that are accepted. Never `none`, and none with a shared secret: whoever knows it could sign."""
LEEWAY: Final = timedelta(seconds=60)
"""How far the clocks of two well-kept machines may be apart."""


class Refusal(StrEnum):
    """Why a token is not accepted."""

    SIGNATURE = "signature"
    MALFORMED = "malformed"
    ISSUER = "issuer"
    AUDIENCE = "audience"
    PARTY = "authorized_party"
    EXPIRED = "expired"
    ISSUED_AT = "issued_at"
    NONCE = "nonce"
    AUTH_TIME = "auth_time"


@dataclass(frozen=True, slots=True)
class Expected:
    """What we asked for."""

    issuer: str
    client_id: str
    nonce: str
    asked_at: datetime
    max_age: timedelta
    """For how long a sign-in at the sign-in service is good for starting a session here."""


_BY_CLAIM = {
    "iss": Refusal.ISSUER,
    "aud": Refusal.AUDIENCE,
    "exp": Refusal.EXPIRED,
    "iat": Refusal.ISSUED_AT,
    "nbf": Refusal.ISSUED_AT,
    "nonce": Refusal.NONCE,
}


def refusal(claims: Mapping[str, Any], expected: Expected, now: datetime) -> Refusal | None:
    """Why the claims are not accepted at `now`; None when they are."""
    leeway = int(LEEWAY.total_seconds())
    registry = JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=leeway,
        iss={"essential": True, "value": expected.issuer},
        sub={"essential": True},
        aud={"essential": True, "value": expected.client_id},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True},
    )
    try:
        registry.validate(dict(claims))
    except ExpiredTokenError:
        return Refusal.EXPIRED
    except ClaimError as error:
        return _BY_CLAIM.get(error.claim, Refusal.MALFORMED)
    return _beyond_the_library(claims, expected, now)


def _beyond_the_library(claims: Mapping[str, Any], expected: Expected, now: datetime) -> Refusal | None:
    if claims["nonce"] != expected.nonce:  # the library would also take a list that holds it
        return Refusal.NONCE
    if claims["aud"] not in (expected.client_id, [expected.client_id]):
        return Refusal.AUDIENCE  # a token that others may use, too, others may have had first
    if claims.get("azp", expected.client_id) != expected.client_id:
        return Refusal.PARTY
    leeway = LEEWAY.total_seconds()
    if claims["iat"] < expected.asked_at.timestamp() - leeway:
        return Refusal.ISSUED_AT
    signed_in_at = claims.get("auth_time")
    if not _is_time(signed_in_at):
        return Refusal.AUTH_TIME
    earliest = now.timestamp() - expected.max_age.total_seconds() - leeway
    return None if earliest <= signed_in_at <= now.timestamp() + leeway else Refusal.AUTH_TIME


def _is_time(value: object) -> TypeGuard[int | float]:
    """Whether it is a NumericDate (RFC 7519 §2). NaN and infinity are not; a boolean is no number."""
    return (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, float) and math.isfinite(value)
    )
