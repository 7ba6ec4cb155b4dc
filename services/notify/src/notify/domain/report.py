"""What notify says of a notice that has come to its end: the truth, channel by channel. Pure."""

from datetime import datetime

from madoguchi.contracts.envelope import Envelope, envelop
from madoguchi.contracts.events import ChannelDelivery, ChannelTested, Event, NoticeFailed, NoticeSent
from madoguchi.contracts.vocabulary import NoticeChannel, NoticeKind
from notify.domain.model import Delivery, Notice, Recipient

TOLD = frozenset({"sent", "delivered"})


def report(state: Recipient, key: str, notice: Notice, now: datetime) -> Envelope[Event]:
    """The event that says it. One notice gives one report, whatever the repeats."""
    return envelop(_said(state, key, notice, now), time=now, key=key, trace=notice.trace)


def _said(state: Recipient, key: str, notice: Notice, now: datetime) -> Event:
    whose = {"request_id": state.request_id, "municipality": state.municipality}
    tried = tuple(_facts(channel, delivery) for channel, delivery in notice.deliveries.items())
    if notice.kind is NoticeKind.CHANNEL_TEST:
        nobody = ChannelDelivery(channel=notice.only[0], status="failed", code="no_contact")
        return ChannelTested(**whose, delivery=tried[0] if tried else nobody, tested_at=now)
    common = {
        **whose,
        "notice_id": notice.resend_of or key,
        "kind": notice.kind,
        "deliveries": tried,
        "resend_id": notice.resend_id or None,
    }
    told = tuple(one.channel for one in tried if one.status in TOLD)
    if told:
        arrived = any(one.status == "delivered" for one in tried)
        return NoticeSent(**common, channels=told, status="delivered" if arrived else "sent", sent_at=now)
    gave_up = any(one.status == "gave_up" for one in tried)
    return NoticeFailed(**common, status="gave_up" if gave_up else "failed", failed_at=now)


def _facts(channel: NoticeChannel, delivery: Delivery) -> ChannelDelivery:
    return ChannelDelivery(
        channel=channel,
        status="failed" if delivery.status == "queued" else delivery.status,
        code=delivery.code,
        attempts=delivery.attempts,
        first_attempt_at=delivery.first_attempt_at,
        last_attempt_at=delivery.last_attempt_at,
        provider_id=delivery.provider_id,
    )
