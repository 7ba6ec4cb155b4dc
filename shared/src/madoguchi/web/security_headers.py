"""What every answer tells the browser to keep it safe, unless the answer says otherwise itself."""

from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ASSETS = "/assets"
"""Below this path lie style sheets, scripts and pictures, the same for everybody."""


def content_policy(form_targets: Sequence[str] = ()) -> str:
    """Content-Security-Policy: everything from ourselves only, nothing inline, no framing.

    `form_targets`: other origins a form may lead to; browsers apply this to redirects after a form, too.
    """
    forms = " ".join(("'self'", *form_targets))
    return (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
        f"connect-src 'self'; form-action {forms}; frame-ancestors 'none'; base-uri 'none'"
    )


class SecurityHeaders:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, form_targets: Sequence[str] = ()) -> None:
        self._app = app
        self._headers = {
            "Content-Security-Policy": content_policy(form_targets),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            # The address of a status page is itself a permission: it must not travel to other sites.
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
            "X-Robots-Tag": "noindex, nofollow",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if scope["path"].startswith(ASSETS):
                    headers.setdefault("Cache-Control", "public, max-age=3600")
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if scope.get("scheme") == "https":
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            await send(message)

        await self._app(scope, receive, with_headers)
