"""What the platform remembers about one official account: users, threads, tokens, keys, counters."""

import hmac
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

REPLY_TOKEN_LIVES = timedelta(seconds=60)
"""After the webhook call that brought it."""
REPLY_TOKEN_DIES = timedelta(minutes=20)
"""After the event, however often it is redelivered."""
RETRY_KEY_LIVES = timedelta(hours=24)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Account:
    """A town's official account, as its policy and its secrets describe it."""

    municipality: str
    name: str
    secret: str
    access_token: str
    webhook_url: str
    bot_user_id: str
    earlier_tokens: tuple[str, ...] = ()
    """Access tokens that are still accepted: while a town changes to a new one, the platform knows both."""

    def knows(self, token: str) -> bool:
        """Whether it is a token of this account."""
        return any(
            hmac.compare_digest(token.encode(), each.encode()) for each in (self.access_token, *self.earlier_tokens)
        )


@dataclass(slots=True)
class User:
    """A resident as the platform knows them; the id is good for this account only."""

    user_id: str
    display_name: str
    language: str
    following: bool = False
    blocked: bool = False

    @property
    def reachable(self) -> bool:
        """Whether messages arrive."""
        return self.following and not self.blocked

    def public(self) -> Json:
        """For the control API."""
        return {
            "user_id": self.user_id,
            "display_name": self.display_name,
            "language": self.language,
            "following": self.following,
            "blocked": self.blocked,
        }


@dataclass(slots=True)
class ReplyToken:
    """Good for one reply, shortly after the webhook call."""

    user_id: str
    event_at: datetime
    delivered_at: datetime | None = None
    used: bool = False

    def valid(self, now: datetime) -> bool:
        """Whether a reply with it is taken at `now`."""
        if self.used or self.delivered_at is None:
            return False
        return now <= min(self.delivered_at + REPLY_TOKEN_LIVES, self.event_at + REPLY_TOKEN_DIES)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A request that was taken, by its retry key."""

    request_id: str
    at: datetime
    sent_messages: tuple[Json, ...]


@dataclass(slots=True)
class Pending:
    """A webhook event that nobody has acknowledged yet."""

    event: Json
    user_id: str


@dataclass(slots=True)
class Memory:
    """All of it for one account; rebuilt from the journal after a restart (`folding.apply`)."""

    users: dict[str, User] = field(default_factory=dict)
    threads: dict[str, list[Json]] = field(default_factory=dict)
    """By user: entries `{seq, at, from: resident|town, id, message, how}` in order."""
    tokens: dict[str, ReplyToken] = field(default_factory=dict)
    retry_keys: dict[str, Accepted] = field(default_factory=dict)
    pending: dict[str, Pending] = field(default_factory=dict)
    """By webhookEventId."""
    unsent: set[str] = field(default_factory=set)
    content_types: dict[str, str] = field(default_factory=dict)
    quota: int | None = None
    consumed: Counter[str] = field(default_factory=Counter)
    """By month in Japan (`2026-11`): recipients reached by push and multicast."""
    counts: Counter[str] = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)
