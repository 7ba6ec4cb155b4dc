"""What one request adds to the town's day (集計): four moments and a channel. Pure.

Counters would have to be right however often an event comes; a small document for each request is, by itself. The day's
figures are told from those that an indexed query finds.
"""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from madoguchi.contracts import events as e
from madoguchi.contracts.envelope import Envelope
from madoguchi.contracts.vocabulary import Channel, Instant, MunicipalityCode, NoticeKind, Outcome, RequestId


class Tally(BaseModel):
    """One request."""

    model_config = ConfigDict(frozen=True)

    request_id: RequestId
    municipality: MunicipalityCode
    channel: Channel | None = None
    accepted_at: Instant | None = None
    deadline: Instant | None = None
    """By when the town promised an answer."""
    noticed_at: Instant | None = None
    """When the notice that it was accepted had gone out, or had no way to go."""
    answered_at: Instant | None = None
    """Certificate or refusal."""
    ended_at: Instant | None = None
    """Answered, or taken back, or run out."""

    @property
    def waiting(self) -> bool:
        """Whether the resident waits for something."""
        return self.accepted_at is not None and self.ended_at is None


COUNTED = (
    e.RequestSubmitted,
    e.NoticeSent,
    e.NoticeFailed,
    e.CertificateIssued,
    e.IssuanceRefused,
    e.IdentityRejected,
    e.RequestClosed,
)
"""The events that matter here."""
_ANSWERS = frozenset({Outcome.REFUSED, Outcome.REDIRECTED})


def learn(envelope: Envelope[Any], tally: Tally | None) -> Tally | None:
    """What the event adds; None when that is nothing. Repeats and the order make no difference."""
    event, at = envelope.event, envelope.time
    before = tally or Tally(request_id=event.request_id, municipality=event.municipality)
    match event:
        case e.RequestSubmitted():
            said: dict[str, Any] = {
                "channel": event.channel,
                "accepted_at": event.submitted_at,
                "deadline": event.deadline_at,
            }
        case e.NoticeSent(kind=NoticeKind.ACCEPTED) | e.NoticeFailed(kind=NoticeKind.ACCEPTED):
            said = {"noticed_at": _first(before.noticed_at, at)}
        case e.CertificateIssued() | e.IssuanceRefused() | e.IdentityRejected(final=True):
            said = {"answered_at": _first(before.answered_at, at), "ended_at": _first(before.ended_at, at)}
        case e.RequestClosed():
            said = {"ended_at": _first(before.ended_at, at)}
            if event.outcome in _ANSWERS:
                said["answered_at"] = _first(before.answered_at, at)
        case _:
            return None
    after = before.model_copy(update=said)
    return None if after == tally else after


def _first(known: datetime | None, at: datetime) -> datetime:
    return at if known is None else min(known, at)
