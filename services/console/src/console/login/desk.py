"""Everything that signing in works with, in one place; the app holds it as `app.state.login`."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal
from urllib.parse import urlencode

from console.domain.acts import What
from console.domain.staff import ClaimNames, Staff, Unfit, staff_of
from console.login.attempt import Attempt
from console.login.attempts import Attempts
from console.login.cookies import Cookies
from console.login.id_token import Expected, Refusal, refusal
from console.login.provider import CodeRefused, Provider, ProviderAway, TokenInvalid
from console.login.sessions import Session, Sessions
from madoguchi.policy.models import Municipality

Record = Callable[[Staff, What], Awaitable[None]]
"""Puts an act of a member of staff on record."""

DEFAULT_MAX_AGE: Final = timedelta(hours=10)
_LONGEST_NAME = 100


class Refused(Exception):
    """The sign-in service's answer does not let anyone in."""

    def __init__(self, reason: Refusal | Unfit | Literal["code"]) -> None:
        super().__init__(str(reason))
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Login:
    """Signing in and out."""

    provider: Provider
    attempts: Attempts
    sessions: Sessions
    towns: Mapping[str, Municipality]
    public_url: str
    """Where browsers reach the console, without a slash at its end."""
    record: Record
    claim_names: ClaimNames = field(default_factory=ClaimNames)
    max_age: timedelta = DEFAULT_MAX_AGE

    @property
    def redirect_uri(self) -> str:
        """Where the sign-in service sends the browser back to; registered there."""
        return f"{self.public_url}/callback"

    @property
    def cookies(self) -> Cookies:
        """How our cookies are set and read."""
        return Cookies.of(self.public_url)

    async def admit(self, attempt: Attempt, code: str) -> str:
        """Exchange the code, judge the token, start a session. Returns the session's id.

        Raises `Refused`, `ProviderAway`.
        """
        try:
            id_token = await self.provider.redeem(code, attempt.verifier, self.redirect_uri)
            claims = await self.provider.verified(id_token)
        except CodeRefused:
            raise Refused("code") from None
        except TokenInvalid:
            raise Refused(Refusal.SIGNATURE) from None
        expected = Expected(
            self.provider.issuer, self.provider.auth.client_id, attempt.nonce, attempt.began_at, self.max_age
        )
        if wrong := refusal(claims, expected, self.sessions.clock()):
            raise Refused(wrong)
        staff = staff_of(claims, self.claim_names, self.towns)
        if isinstance(staff, Unfit):
            raise Refused(staff)
        await self.record(staff, What.LOGIN)  # before the session: nobody is in unseen
        return await self.sessions.begin(staff, _name(claims), id_token)

    async def forget_lapsed(self) -> None:
        """Remove what is over. For the sweep."""
        await self.sessions.forget_lapsed()
        await self.attempts.forget_lapsed()

    async def leave(self, session_id: str, session: Session, language: str) -> str:
        """End the session. Returns where to sign out of the sign-in service (RP-Initiated Logout 1.0), or our own
        page when it has no such place or is away: leaving always works."""
        await self.sessions.end(session_id)
        await self.record(session.staff, What.LOGOUT)
        back = f"{self.public_url}/signed-out"
        try:
            endpoint = (await self.provider.metadata()).end_session_endpoint
        except ProviderAway:
            endpoint = None
        if endpoint is None:
            return back
        asked = {
            "id_token_hint": session.id_token,
            "client_id": self.provider.auth.client_id,
            "post_logout_redirect_uri": back,
            "ui_locales": language,
        }
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"


def _name(claims: Mapping[str, object]) -> str:
    name = claims.get("name")
    return name[:_LONGEST_NAME] if isinstance(name, str) else ""
