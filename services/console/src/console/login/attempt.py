"""One attempt to sign in: what is sent to the sign-in service, and whether an answer belongs to it. Pure.

`state` ties the answer to the attempt and to the browser, `nonce` the ID token to it, the PKCE verifier (RFC 7636) the
code to whoever began it.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode

Randomness = Callable[[int], bytes]
"""So many bytes, unpredictable."""

PATIENCE: Final = timedelta(minutes=10)
"""How long someone may take at the sign-in service."""
HOME: Final = "/"
LOGIN: Final = "/login"
_OWN_PAGES = (LOGIN, "/callback", "/logout", "/signed-out")
_PATH = re.compile(r"/(?!/)[A-Za-z0-9._~!$&'()*+,;=:@%/?-]{0,500}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Attempt:
    """All but `next` are random texts of 256 bits (base64url)."""

    state: str
    nonce: str
    verifier: str
    browser: str
    """Digest of the secret in the browser's cookie."""
    next: str
    """The path to go on to."""
    began_at: datetime


class Mismatch(StrEnum):
    """Why an answer is not taken."""

    UNKNOWN = "unknown_attempt"
    """Never begun, finished already, or too old."""
    OTHER_BROWSER = "other_browser"
    OTHER_ISSUER = "other_issuer"
    DENIED = "denied"
    NO_CODE = "no_code"


def begun(browser_secret: str, wanted: str, now: datetime, randomness: Randomness) -> Attempt:
    """A new attempt in the browser that holds `browser_secret`; `wanted`: where it was going, not trusted."""
    state, nonce, verifier = (token(randomness) for _ in range(3))
    return Attempt(state, nonce, verifier, digest(browser_secret), safe_path(wanted), now)


def mismatch(
    attempt: Attempt | None,
    browser_secret: str,
    answer: Mapping[str, str],
    issuer: str,
    *,
    names_issuer: bool,
    now: datetime,
) -> Mismatch | None:
    """Why `answer` (the query of the redirect back) does not finish `attempt`; None when it does.

    `names_issuer`: whether the sign-in service says that its answers carry `iss` (RFC 9207).
    """
    if attempt is None or now >= attempt.began_at + PATIENCE:
        return Mismatch.UNKNOWN
    if not hmac.compare_digest(attempt.browser, digest(browser_secret)):
        return Mismatch.OTHER_BROWSER
    if answer.get("iss", "" if names_issuer else issuer) != issuer:
        return Mismatch.OTHER_ISSUER
    if "error" in answer:
        return Mismatch.DENIED
    return None if answer.get("code") else Mismatch.NO_CODE


def authorization_url(
    endpoint: str,
    attempt: Attempt,
    *,
    client_id: str,
    redirect_uri: str,
    max_age: timedelta,
    again: bool,
    language: str,
) -> str:
    """Where the browser goes to sign in. `again`: ask who it is even if the sign-in service remembers someone."""
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": "openid profile",
        "state": attempt.state,
        "nonce": attempt.nonce,
        "code_challenge": challenge(attempt.verifier),
        "code_challenge_method": "S256",
        "max_age": str(int(max_age.total_seconds())),
        "ui_locales": language,
        **({"prompt": "login"} if again else {}),
    }
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"


def safe_path(wanted: str) -> str:
    """`wanted` if it is a path (with query) on this console, else the first page. Never another site."""
    if not _PATH.fullmatch(wanted) or wanted.partition("?")[0] in _OWN_PAGES:
        return HOME
    return wanted


def challenge(verifier: str) -> str:
    """The PKCE challenge, method S256 (RFC 7636 §4.2)."""
    return _base64url(hashlib.sha256(verifier.encode()).digest())


def token(randomness: Randomness) -> str:
    """256 random bits as base64url without padding: 43 characters."""
    return _base64url(randomness(32))


def digest(secret: str) -> str:
    """What is kept of a secret with so much randomness that it can't be guessed: SHA-256, hex."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
