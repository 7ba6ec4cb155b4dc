"""Calling from the sandbox. In a container the counter's public address leads nowhere; there is another way to it."""

from collections.abc import Callable

import httpx

Calls = Callable[[], httpx.AsyncClient]
"""Makes a client."""


def direct() -> httpx.AsyncClient:
    """A client that goes where it is told, past every proxy."""
    return httpx.AsyncClient(trust_env=False)


def instead(public: str, inside: str) -> Calls:
    """Clients that go to `inside` for what lies at `public`, both `http://host:port`. The request stays as it is."""
    return lambda: httpx.AsyncClient(trust_env=False, mounts={public: _Way(httpx.URL(inside))})


class _Way(httpx.AsyncBaseTransport):
    """Another host and port for the same request; its header `Host` still says the public one."""

    def __init__(self, inside: httpx.URL) -> None:
        self._inside = inside
        self._transport = httpx.AsyncHTTPTransport(trust_env=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        where = request.url.copy_with(scheme=self._inside.scheme, host=self._inside.host, port=self._inside.port)
        return await self._transport.handle_async_request(
            httpx.Request(
                request.method, where, headers=request.headers, stream=request.stream, extensions=request.extensions
            )
        )

    async def aclose(self) -> None:
        await self._transport.aclose()
