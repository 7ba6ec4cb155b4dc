"""API keys of channels: `Authorization: Bearer mdg_live_…` or `mdg_test_…`.

A town's `api-keys.json` lists `{id, channel, live, salt, hash}`; `hash` is SHA-256 over salt and key, both hex. The key
itself has 256 random bits, so a slow hash would add nothing. Test keys work only in towns marked as sandbox.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter, ValidationError

from madoguchi.policy.load import PolicyError
from madoguchi.policy.models import Municipality
from madoguchi.policy.secrets import SecretFolder
from madoguchi.web.problems import Problem

FILE = "file:api-keys.json"
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="madoguchi"'}
_Hex = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{2}){16,}$")]


class StoredKey(BaseModel):
    """What a town keeps of a key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]
    channel: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$")]
    live: bool
    salt: _Hex
    hash: _Hex


@dataclass(frozen=True, slots=True)
class ApiKey:
    """Who is calling."""

    id: str
    channel: str
    municipality: str
    live: bool

    @property
    def tenant(self) -> str:
        """Keeps what different channels and towns send apart; stays the same when a key is replaced."""
        return f"{self.municipality}/{self.channel}/{'live' if self.live else 'test'}"


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """The keys of every town. `sandboxes`: codes of the towns where test keys work."""

    entries: tuple[tuple[ApiKey, StoredKey], ...]
    sandboxes: frozenset[str] = frozenset()

    @classmethod
    def from_towns(cls, towns: Mapping[str, Municipality], secrets_dir: Path) -> "ApiKeys":
        """Read each town's file. Raises `PolicyError` naming town and place."""
        entries = tuple(
            (ApiKey(stored.id, stored.channel, code, stored.live), stored)
            for code in towns
            for stored in _read(SecretFolder(secrets_dir, code), code)
        )
        return cls(entries, frozenset(code for code, town in towns.items() if town.sandbox))

    def find(self, key: str) -> ApiKey | None:
        """Whose key it is. Takes equally long whichever it is, and when it is none."""
        found = None
        for owner, stored in self.entries:
            if hmac.compare_digest(_digest(bytes.fromhex(stored.salt), key), bytes.fromhex(stored.hash)):
                found = owner
        return found

    def authenticate(self, key: str | None) -> ApiKey:
        """The caller. Raises a 401 problem without a known key, 403 for a test key in a town that is not a sandbox."""
        if key is None:
            raise Problem(401, headers=_CHALLENGE)
        owner = self.find(key)
        if owner is None or not key.startswith(_prefix(owner.live)):
            raise Problem(401, "unknown_api_key", "This API key is not known", headers=_CHALLENGE)
        if not owner.live and owner.municipality not in self.sandboxes:
            raise Problem(403, "test_key", "A test key works only with a sandbox municipality")
        return owner


def make_key(
    identifier: str, channel: str, *, live: bool, randomness: Callable[[int], bytes] = secrets.token_bytes
) -> tuple[str, StoredKey]:
    """A new key: what the channel gets, once, and what the town keeps."""
    key = _prefix(live) + randomness(32).hex()
    salt = randomness(16)
    stored = StoredKey(id=identifier, channel=channel, live=live, salt=salt.hex(), hash=_digest(salt, key).hex())
    return key, stored


def install(app: FastAPI, keys: ApiKeys) -> None:
    """Let `Caller` find the keys."""
    app.state.api_keys = keys


_bearer = HTTPBearer(auto_error=False, scheme_name="API key", description="A channel's key: `mdg_live_…`, `mdg_test_…`")


async def authenticated(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
) -> ApiKey:
    """FastAPI dependency: the caller."""
    keys: ApiKeys = request.app.state.api_keys
    return keys.authenticate(credentials.credentials if credentials else None)


Caller = Annotated[ApiKey, Depends(authenticated)]
"""Parameter type of a route that needs an API key."""


def _prefix(live: bool) -> str:
    return "mdg_live_" if live else "mdg_test_"


def _digest(salt: bytes, key: str) -> bytes:
    return hashlib.sha256(salt + key.encode()).digest()


def _read(folder: SecretFolder, code: str) -> list[StoredKey]:
    try:
        return TypeAdapter(list[StoredKey]).validate_json(folder.read(FILE))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "(whole file)"
        raise PolicyError(f"{folder.path(FILE)}: {place}: {first['msg']} (town {code})") from None
