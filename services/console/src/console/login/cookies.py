"""The two cookies: the session's id, and a secret that ties an attempt to sign in to the browser that began it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from console.login.attempt import PATIENCE

SESSION = "console-session"
BROWSER = "console-sign-in"


@dataclass(frozen=True, slots=True)
class Cookies:
    """`secure`: browsers reach us by https. Then the names say so, too: `__Host-` (RFC 6265bis §4.1.3.2) means that no
    other host, and no page in clear, can have set them. Without https they are for trying on this machine only."""

    secure: bool

    @classmethod
    def of(cls, public_url: str) -> "Cookies":
        """Decided by the address that browsers use, not by the scheme that a proxy speaks to us."""
        return cls(urlsplit(public_url).scheme == "https")

    def read(self, request: Request, name: str) -> str:
        """The cookie's value; empty when there is none."""
        return request.cookies.get(self._full(name), "")

    def set_session(self, response: Response, session_id: str) -> None:
        """Until the browser is closed, or the session lapses."""
        self._set(response, SESSION, session_id, None)

    def set_browser(self, response: Response, secret: str) -> None:
        """For as long as an attempt may take."""
        self._set(response, BROWSER, secret, int(PATIENCE.total_seconds()))

    def forget(self, response: Response, name: str) -> None:
        """Have the browser remove it."""
        response.delete_cookie(self._full(name), path="/", secure=self.secure, httponly=True, samesite="lax")

    def _set(self, response: Response, name: str, value: str, seconds: int | None) -> None:
        # Lax: the way back from the sign-in service is a link from another site.
        response.set_cookie(
            self._full(name), value, seconds, path="/", secure=self.secure, httponly=True, samesite="lax"
        )

    def _full(self, name: str) -> str:
        return f"__Host-{name}" if self.secure else name
