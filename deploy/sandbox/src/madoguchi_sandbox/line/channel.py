"""One official account at work: its memory, its journal, its faults, and the rules a bot's request meets."""

import secrets
import uuid
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from madoguchi_sandbox.faults import Faults
from madoguchi_sandbox.journal import Journal, Record
from madoguchi_sandbox.line.errors import LineError, quota_exhausted, rate_limited
from madoguchi_sandbox.line.folding import JAPAN, apply
from madoguchi_sandbox.line.model import RETRY_KEY_LIVES, Account, Json, Memory

API_FAULTS = ("expired_reply_token", "429_rate", "429_quota", "500", "timeout_after_success")
WEBHOOK_FAULTS = ("duplicate", "late", "drop")
REQUESTS_PER_SECOND = 2000
_QUOTABLE = ("text", "textV2", "sticker", "image", "video", "template")


class Channel:
    """An account and everything that happened on it."""

    def __init__(self, account: Account, journal: Journal, content: Path) -> None:
        self.account = account
        self.memory = Memory()
        self.faults = Faults((*API_FAULTS, *WEBHOOK_FAULTS))
        self.redelivery = True
        self.requests_per_second = REQUESTS_PER_SECOND
        self._journal = journal
        self._content = content
        self._recent: dict[str, deque[datetime]] = {}

    def replay(self, records: Iterable[Record]) -> None:
        """Remember what an earlier run wrote."""
        for record in records:
            apply(self.memory, record)

    def record(self, kind: str, **facts: Any) -> Record:
        """Write down that something happened, then let it be so."""
        record = self._journal.append(kind, channel=self.account.municipality, **facts)
        apply(self.memory, record)
        return record

    # ── what a bot's request meets ───────────────────────────────────────────────────────────────────────

    def meet_rate(self, endpoint: str, now: datetime) -> None:
        """Raises 429 when a fault says so or when more than the documented rate arrives within a second."""
        recent = self._recent.setdefault(endpoint, deque())
        while recent and (now - recent[0]).total_seconds() >= 1:
            recent.popleft()
        recent.append(now)
        if len(recent) > self.requests_per_second or self.faults.strike("429_rate"):
            raise rate_limited()
        if self.faults.strike("500"):
            raise LineError(500, "Internal Server Error")

    def meet_retry_key(self, retry_key: str | None, request_id: str, now: datetime) -> None:
        """Raises 409 when a request with this key was accepted within 24 hours, 400 when it is no UUID."""
        if retry_key is None:
            return
        try:
            uuid.UUID(retry_key)
        except ValueError:
            raise LineError(400, "Invalid retry key") from None
        accepted = self.memory.retry_keys.get(retry_key)
        if accepted is None or now - accepted.at > RETRY_KEY_LIVES:
            return
        self.record("repeated", request_id=request_id, retry_key=retry_key, accepted=accepted.request_id)
        raise LineError(
            409,
            "The retry key is already accepted",
            headers={"x-line-accepted-request-id": accepted.request_id},
            extra={"sentMessages": list(accepted.sent_messages)},
        )

    def meet_quota(self, recipients: int, now: datetime) -> None:
        """Raises the other 429 when the month's messages are used up."""
        if self.faults.strike("429_quota"):
            raise quota_exhausted()
        if self.memory.quota is not None and self.consumed(now) + recipients > self.memory.quota:
            raise quota_exhausted()

    def consumed(self, now: datetime) -> int:
        """Messages sent this month."""
        return self.memory.consumed[now.astimezone(JAPAN).strftime("%Y-%m")]

    def spend_reply_token(self, token: Any, now: datetime) -> str:
        """Whom a reply goes to. Raises 400 for a token that is unknown, used or too old."""
        known = self.memory.tokens.get(token) if isinstance(token, str) else None
        if known is None or not known.valid(now) or self.faults.strike("expired_reply_token"):
            raise LineError(400, "Invalid reply token")
        return known.user_id

    def reachable(self, user_ids: Sequence[str]) -> list[str]:
        """Those of them whom a message reaches."""
        users = self.memory.users
        return [user_id for user_id in user_ids if user_id in users and users[user_id].reachable]

    def accept(
        self,
        how: str,
        messages: Sequence[Json],
        user_ids: Sequence[str],
        *,
        request_id: str,
        retry_key: str | None = None,
        reply_token: str = "",
    ) -> list[Json]:
        """Take messages and show them to whoever can be reached. Returns LINE's `sentMessages`."""
        sent = [_sent_message(message) for message in messages]
        self.record(
            "sent",
            how=how,
            request_id=request_id,
            retry_key=retry_key,
            reply_token=reply_token,
            to=list(user_ids),
            delivered_to=self.reachable(user_ids),
            messages=list(messages),
            sent_messages=sent,
        )
        return sent

    # ── content that residents sent ──────────────────────────────────────────────────────────────────────

    def keep_content(self, message_id: str, data: bytes) -> None:
        """Keep a picture's bytes."""
        self._content.mkdir(parents=True, exist_ok=True)
        (self._content / message_id).write_bytes(data)

    def content(self, message_id: str) -> tuple[bytes, str]:
        """Bytes and media type. Raises 404, or 410 for what its sender took back."""
        if message_id in self.memory.unsent:
            raise LineError(410, "Gone")
        kind = self.memory.content_types.get(message_id)
        if kind is None:
            raise LineError(404, "Not found")
        return (self._content / message_id).read_bytes(), kind

    def statistics(self) -> Json:
        """Counters for tests and for the auditor."""
        names = (
            "requests_accepted", "messages_accepted", "messages_delivered", "duplicates_by_retry_key", "events",
            "events_acknowledged", "events_given_up", "webhooks_sent", "webhooks_acknowledged", "webhooks_failed",
            "redeliveries",
        )  # fmt: skip
        counts = {name: self.memory.counts[name] for name in names}
        return {
            **counts,
            "events_pending": len(self.memory.pending),
            "refused": {str(status): count for status, count in sorted(self.memory.refused.items())},
            "consumed": dict(self.memory.consumed),
            "faults_struck": dict(self.faults.struck),
        }


def message_id() -> str:
    """A new message id: 18 digits, as LINE's."""
    return f"{secrets.randbelow(9 * 10**17) + 10**17}"


def _sent_message(message: Json) -> Json:
    sent = {"id": message_id()}
    if message["type"] in _QUOTABLE:
        sent["quoteToken"] = secrets.token_urlsafe(32)
    return sent
