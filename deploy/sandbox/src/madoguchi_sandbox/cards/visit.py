"""One visit of a resident to the card app: the challenge as it was shown, until it is signed or forgotten."""

import secrets
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urljoin, urlsplit

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

FORGET_AFTER = timedelta(hours=1)
MOST = 1000


class Challenge(BaseModel):
    """What the counter asks to be signed."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    challenge_id: str
    text: str
    submit_url: str


class CannotGoOn(Exception):
    """The counter gives no challenge or takes no signature. The argument is what it says, if anything."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What was shown is what will be signed: the text is fetched once."""

    id: str
    challenge: Challenge
    return_url: str
    at: datetime

    @property
    def origin(self) -> str:
        """Scheme, host and port of the counter."""
        return origin(self.return_url)


def origin(url: str) -> str:
    """Scheme, host and port. Raises `CannotGoOn` for what is no web address."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise CannotGoOn from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise CannotGoOn
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")


class Visits:
    """The visits under way, in memory."""

    def __init__(self, client: httpx.AsyncClient, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._clock = clock
        self._open: dict[str, Visit] = {}

    async def begin(self, challenge_url: str, return_url: str) -> Visit:
        """Fetch the challenge. Everything must lie at one origin. Raises `CannotGoOn`."""
        counter = origin(challenge_url)
        try:
            answer = await self._client.get(challenge_url, headers={"Accept": "application/json"})
            if answer.status_code != httpx.codes.OK:
                raise CannotGoOn(_said(answer))
            challenge = Challenge.model_validate_json(answer.content)
        except (httpx.HTTPError, ValidationError) as error:
            raise CannotGoOn from error
        challenge = challenge.model_copy(update={"submit_url": urljoin(challenge_url, challenge.submit_url)})
        if {origin(challenge.submit_url), origin(return_url)} != {counter}:
            raise CannotGoOn
        now = self._clock()
        self._open = {key: visit for key, visit in self._open.items() if now - visit.at < FORGET_AFTER}
        while len(self._open) >= MOST:
            self._open.pop(next(iter(self._open)))
        visit = Visit(secrets.token_urlsafe(24), challenge, return_url, now)
        self._open[visit.id] = visit
        return visit

    def find(self, visit_id: str) -> Visit | None:
        """A visit under way."""
        return self._open.get(visit_id)

    async def submit(self, visit: Visit, cms: bytes) -> None:
        """Hand the signature to the counter. Raises `CannotGoOn`."""
        body = {"challenge_id": visit.challenge.challenge_id, "cms": b64encode(cms).decode()}
        try:
            answer = await self._client.post(visit.challenge.submit_url, json=body)
        except httpx.HTTPError as error:
            raise CannotGoOn from error
        if not answer.is_success:
            raise CannotGoOn(_said(answer))
        self._open.pop(visit.id, None)


def _said(answer: httpx.Response) -> str:
    """The title of a problem (RFC 9457), or nothing."""
    try:
        title = answer.json().get("title", "")
    except (ValueError, AttributeError):
        return ""
    return title if isinstance(title, str) else ""
