"""The platform: every town's account, found by its access token or its code, over one journal."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import httpx

from madoguchi.service.clock import Clock, utc_now
from madoguchi_sandbox.calling import Calls, direct
from madoguchi_sandbox.journal import Journal
from madoguchi_sandbox.line.channel import Channel
from madoguchi_sandbox.line.errors import LineError
from madoguchi_sandbox.line.model import Account
from madoguchi_sandbox.line.postman import Postman


class Platform:
    """All accounts. `open` starts what runs in the background, `close` stops it."""

    def __init__(
        self, accounts: Sequence[Account], folder: Path, clock: Clock = utc_now, *, calls: Calls = direct
    ) -> None:
        self.clock = clock
        self._calls = calls
        self._journal = Journal(folder / "line.jsonl", clock)
        content = folder / "line-content"
        self.channels = {a.municipality: Channel(a, self._journal, content) for a in accounts}
        self.postmen: dict[str, Postman] = {}
        self._client: httpx.AsyncClient | None = None
        for record in self._journal:
            if record["channel"] in self.channels:
                self.channels[record["channel"]].replay([record])

    def open(self) -> None:
        """Start delivering. Call inside a running event loop."""
        self._client = self._calls()
        for code, channel in self.channels.items():
            self.postmen[code] = Postman(channel, self._client, self.clock)
            self.postmen[code].resume()

    async def close(self) -> None:
        """Stop delivering."""
        for postman in self.postmen.values():
            await postman.close()
        if self._client is not None:
            await self._client.aclose()

    def authenticated(self, authorization: str | None) -> Channel:
        """The account an `Authorization` header speaks for. Raises 401."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() == "bearer":
            for channel in self.channels.values():
                if channel.account.knows(token.strip()):
                    return channel
        raise LineError(
            401, "Authentication failed. Confirm that the access token in the authorization header is valid."
        )

    def of_town(self, municipality: str | None) -> Channel:
        """The account of a town; of the first town when none is named. Raises `KeyError`."""
        return self.channels[municipality if municipality is not None else next(iter(self.channels))]


def bot_user_id(municipality: str) -> str:
    """The account's own user id, the same at every start."""
    return "U" + hashlib.sha256(f"bot:{municipality}".encode()).hexdigest()[:32]
