"""The delivery log (配信記録): what notify reported of every notice, channel by channel; sending one again. Pure."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from pydantic import BaseModel, ConfigDict

from console.domain.hand import Hand, NotNow, Refusal
from madoguchi.contracts import events as e
from madoguchi.contracts.envelope import Envelope, envelop
from madoguchi.contracts.vocabulary import Instant, MunicipalityCode, NoticeChannel, NoticeKind, RequestId
from madoguchi.store.aggregates import Change

ANSWERED_WITHIN: Final = timedelta(minutes=10)
"""While a resend has no report, another one waits so long."""
LOOKED_AT: Final = 20
WITHIN: Final = timedelta(hours=1)
FEWEST: Final = 5
SHARE: Final = 0.5
UNDELIVERED: Final = frozenset({"failed", "gave_up"})


class Report(BaseModel):
    """What notify said of a notice."""

    model_config = ConfigDict(frozen=True)

    id: str
    """Of the event."""
    at: Instant
    status: str
    deliveries: tuple[e.ChannelDelivery, ...] = ()
    resend_id: str | None = None


class Resend(BaseModel):
    """Somebody wished it to be sent again."""

    model_config = ConfigDict(frozen=True)

    id: str
    """Of the event."""
    staff: str
    at: Instant
    channels: tuple[NoticeChannel, ...]
    """None: all that the resident has."""


class Notice(BaseModel):
    """One notice, whoever it went to. Codes and times only."""

    model_config = ConfigDict(frozen=True)

    id: str
    request_id: RequestId
    municipality: MunicipalityCode
    kind: NoticeKind
    reports: tuple[Report, ...] = ()
    """Oldest first."""
    resends: tuple[Resend, ...] = ()
    """Oldest first."""

    @property
    def latest(self) -> Report:
        """What was said last."""
        return self.reports[-1]


def learn(envelope: Envelope[e.NoticeSent | e.NoticeFailed], notice: Notice | None) -> Notice:
    """Take over a report. A repeat changes nothing, and the order makes no difference."""
    event = envelope.event
    before = notice or Notice(
        id=event.notice_id, request_id=event.request_id, municipality=event.municipality, kind=event.kind
    )
    if any(one.id == envelope.id for one in before.reports):
        return before
    fresh = Report(
        id=envelope.id,
        at=envelope.time,
        status=event.status,
        deliveries=event.deliveries,
        resend_id=event.resend_id,
    )
    reports = sorted((*before.reports, fresh), key=lambda one: (one.at, one.id))
    return before.model_copy(update={"reports": tuple(reports)})


def mark(notice: Notice) -> str:
    """Changes whenever somebody would send it again on other grounds."""
    parts = ([one.id for one in notice.reports], [one.id for one in notice.resends])
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def unanswered(notice: Notice, now: datetime) -> Resend | None:
    """A resend that may still be under way."""
    answered = {one.resend_id for one in notice.reports}
    waiting = [one for one in notice.resends if one.id not in answered and now - one.at < ANSWERED_WITHIN]
    return waiting[-1] if waiting else None


def resend(notice: Notice, hand: Hand, channels: tuple[NoticeChannel, ...]) -> Change[Notice]:
    """Have it sent once more, as a new message. Raises `NotNow`."""
    if hand.mark != mark(notice):
        raise NotNow(Refusal.CHANGED)
    if unanswered(notice, hand.now) is not None:
        raise NotNow(Refusal.RESEND_PENDING)
    event = e.NoticeResendRequested(
        request_id=notice.request_id,
        municipality=notice.municipality,
        notice_id=notice.id,
        channels=channels,
        clerk=hand.staff.number,
        requested_at=hand.now,
    )
    key = f"{notice.id}:{hand.now.isoformat()}"
    envelope = envelop(event, time=hand.now, key=key, trace=dict(hand.trace))
    wish = Resend(id=envelope.id, staff=hand.staff.number, at=hand.now, channels=channels)
    return Change(notice.model_copy(update={"resends": (*notice.resends, wish)}), (envelope,))


class ChannelHealth(BaseModel):
    """How a channel did lately."""

    model_config = ConfigDict(frozen=True)

    channel: NoticeChannel
    reports: int
    """The last ones within an hour, `LOOKED_AT` at most."""
    failed: int
    codes: tuple[str, ...]
    """What it answered where it failed, the most frequent first."""

    @property
    def failing(self) -> bool:
        """Whether so many failed that it is hardly the recipients."""
        return self.reports >= FEWEST and self.failed >= SHARE * self.reports


def channel_health(notices: Iterable[Notice], now: datetime) -> tuple[ChannelHealth, ...]:
    """Each channel's health, told by its last reports."""
    said = [
        (one.last_attempt_at or report.at, one)
        for notice in notices
        for report in notice.reports
        for one in report.deliveries
    ]
    recent = sorted((pair for pair in said if now - pair[0] < WITHIN), key=lambda pair: pair[0], reverse=True)
    return tuple(_health(channel, [one for _, one in recent if one.channel is channel]) for channel in NoticeChannel)


def _health(channel: NoticeChannel, deliveries: list[e.ChannelDelivery]) -> ChannelHealth:
    last = deliveries[:LOOKED_AT]
    codes = [one.code for one in last if one.status in UNDELIVERED]
    often = sorted(set(codes), key=lambda code: (-codes.count(code), code))
    return ChannelHealth(channel=channel, reports=len(last), failed=len(codes), codes=tuple(often))
