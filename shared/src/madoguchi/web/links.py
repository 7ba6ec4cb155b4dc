"""Links that carry their own permission: HMAC-SHA-256 over purpose, request and expiry. Pure.

A token is `<request id>.<expiry, seconds since 1970>.<base64url of the MAC>`; it needs no escaping in a URL. The
purpose is in the MAC only: a status link can't be turned into a download link. Who holds the town's link key can make
one.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal

LinkPurpose = Literal["status", "download"]

_FORM = re.compile(r"(?P<request>req_[0-9a-z]{26})\.(?P<expiry>[1-9][0-9]{0,10})\.[A-Za-z0-9_-]{43}", re.ASCII)
_SHORTEST_KEY = 32


class LinkInvalid(Exception):
    """Not a token of ours for this purpose."""


class LinkExpired(Exception):
    """Ours, but its time is over."""


def sign(key: bytes, purpose: LinkPurpose, request_id: str, expires_at: datetime) -> str:
    """A token for `request_id`, good until `expires_at` (whole seconds, rounded down). `key`: at least 32 bytes."""
    return _token(key, purpose, request_id, int(expires_at.timestamp()))


def read(key: bytes, token: str, purpose: LinkPurpose, now: datetime) -> str:
    """The request id in `token`. Raises `LinkInvalid`, and `LinkExpired` for a genuine token that is too old."""
    found = _FORM.fullmatch(token)
    if found is None:
        raise LinkInvalid
    # The whole text is compared, not the decoded MAC: base64 has several spellings of the same bytes.
    expiry = int(found["expiry"])
    if not hmac.compare_digest(_token(key, purpose, found["request"], expiry), token):
        raise LinkInvalid
    if now >= datetime.fromtimestamp(expiry, UTC):
        raise LinkExpired
    return found["request"]


def read_any(keys: Mapping[str, Sequence[bytes]], token: str, purpose: LinkPurpose, now: datetime) -> tuple[str, str]:
    """The town (key of `keys`: municipality code) and the request id: for a door that several towns share. Of each
    town every generation of its key counts: links live on after the key has been changed."""
    for municipality, generations in keys.items():
        for key in generations:
            try:
                return municipality, read(key, token, purpose, now)
            except LinkInvalid:
                continue
    raise LinkInvalid


def status_url(key: bytes, intake_url: str, request_id: str, expires_at: datetime) -> str:
    """The resident's status page."""
    return f"{intake_url.rstrip('/')}/r/{sign(key, 'status', request_id, expires_at)}"


def download_url(key: bytes, issuance_url: str, request_id: str, expires_at: datetime) -> str:
    """The page that hands out the certificate."""
    return f"{issuance_url.rstrip('/')}/download/{sign(key, 'download', request_id, expires_at)}"


def _token(key: bytes, purpose: LinkPurpose, request_id: str, expiry: int) -> str:
    if len(key) < _SHORTEST_KEY:
        raise ValueError(f"a link key has at least {_SHORTEST_KEY} bytes")
    signed = f"madoguchi-link-v1|{purpose}|{request_id}|{expiry}".encode()
    mac = base64.urlsafe_b64encode(hmac.digest(key, signed, hashlib.sha256)).rstrip(b"=").decode()
    return f"{request_id}.{expiry}.{mac}"
