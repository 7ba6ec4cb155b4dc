"""Decisions about notices: what an event adds, what is due, what an attempt's outcome means. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from madoguchi.contracts.envelope import Envelope, derived_id
from madoguchi.contracts.events import ChannelTestRequested, Event, NoticeResendRequested, RequestSubmitted
from madoguchi.contracts.notices import NOTICE_OF, notice_id
from madoguchi.contracts.vocabulary import NoticeChannel, NoticeKind, NoticeStatus
from madoguchi.store.aggregates import Change
from notify.domain.model import Delivery, Notice, Outcome, Recipient
from notify.domain.report import TOLD, report
from notify.domain.values import values_of

GIVE_UP_AFTER = timedelta(hours=24)
"""LINE remembers a retry key for 24 hours; after that a repeat could come twice."""
WAITS = (5, 15, 60, 300, 900, 1800, 3600)
"""Seconds before the second, third, … attempt; the last one repeats."""
UNANSWERED = {NoticeChannel.LINE: timedelta(seconds=5), NoticeChannel.EMAIL: timedelta(seconds=25)}
"""How long an attempt without an answer is left alone. LINE recognises a repeat, so it may come soon; SMTP does not, so
it must not come while another process may still be handing the first one in."""
ASIDE = timedelta(minutes=1)
"""How long a request rests whose notices could not even be begun."""
FINAL = TOLD | {"failed", "gave_up"}


class NoSuchNotice(Exception):
    """A notice is to be sent again that is not known here (yet)."""


def heard(present: Recipient | None, envelope: Envelope[Event]) -> Change[Recipient]:
    """An event arrived: remember whom to tell, add the notice it makes. Raises `NoSuchNotice`."""
    event = envelope.event
    state = present or Recipient(request_id=event.request_id, municipality=event.municipality)
    if isinstance(event, RequestSubmitted) and state.contact is None:
        known = {"language": event.language, "certificate": event.certificate, "contact": event.contact}
        state = state.model_copy(update=known)
    if isinstance(event, ChannelTestRequested) and state.contact is None:
        state = state.model_copy(update={"language": event.language, "contact": event.contact})
    state = _with_notice(state, envelope)
    return Change(state, due_at=due_at(state, envelope.time))


def _with_notice(state: Recipient, envelope: Envelope[Event]) -> Recipient:
    event, key = envelope.event, notice_id(envelope)
    if isinstance(event, NoticeResendRequested):
        return _added(state, derived_id("resend", envelope.id), _once_more(state, event, envelope))
    if key is None:
        return state
    only = (event.channel,) if isinstance(event, ChannelTestRequested) else ()
    kind, values = NOTICE_OF[type(event)], values_of(event)
    return _added(state, key, Notice(kind=kind, event_at=envelope.time, values=values, only=only, trace=envelope.trace))


def _added(state: Recipient, key: str, notice: Notice) -> Recipient:
    return state if key in state.notices else state.model_copy(update={"notices": {**state.notices, key: notice}})


def _once_more(state: Recipient, event: NoticeResendRequested, envelope: Envelope[Event]) -> Notice:
    """The same words, links and date under another key: the channels take it for a new message."""
    first = state.notices.get(event.notice_id)
    if first is None:
        raise NoSuchNotice(event.notice_id)
    return Notice(
        kind=first.kind,
        event_at=first.event_at,
        values=first.values,
        only=event.channels,
        resend_of=event.notice_id,
        resend_id=envelope.id,
        trace=envelope.trace,
    )


def due_at(state: Recipient, now: datetime) -> datetime | None:
    """When there is something to try: at once for a new notice, else at the next attempt. None without contact."""
    if state.contact is None:
        return None
    times = [
        now if not n.deliveries else d.next_at for n in state.notices.values() for d in _or_new(n) if not n.reported
    ]
    return min((time for time in times if time is not None), default=None)


def _or_new(notice: Notice) -> tuple[Delivery, ...]:
    return tuple(notice.deliveries.values()) or (Delivery(),)


def due_notices(state: Recipient, now: datetime) -> tuple[str, ...]:
    """The notices to try now, in order."""
    if state.contact is None:
        return ()
    return tuple(
        key
        for key, notice in state.notices.items()
        if not notice.reported
        and (not notice.deliveries or any(d.next_at and d.next_at <= now for d in notice.deliveries.values()))
    )


def attempting(
    state: Recipient, key: str, channels: tuple[NoticeChannel, ...], now: datetime
) -> tuple[Change[Recipient], tuple[NoticeChannel, ...]]:
    """Record that the due channels of a notice are being tried; returns them. Written before the attempt, so that a
    crash in between shows as an attempt without an answer and is tried again later, not forgotten and not at once.
    A channel that has been tried for too long is given up instead."""
    notice = state.notices[key]
    before = notice.deliveries or {channel: Delivery(next_at=now) for channel in notice.only or channels}
    due = {c for c, d in before.items() if d.next_at is not None and d.next_at <= now}
    over = {c for c in due if _over(before[c], now)}
    trying = tuple(c for c in before if c in due - over)
    after = {c: _attempt(d, now + UNANSWERED[c], now) if c in trying else d for c, d in before.items()}
    after |= {c: _ended(before[c], "gave_up") for c in over}
    return _settled(state, key, notice.model_copy(update={"deliveries": after}), now), trying


def _over(delivery: Delivery, now: datetime) -> bool:
    return delivery.first_attempt_at is not None and now - delivery.first_attempt_at >= GIVE_UP_AFTER


def _attempt(delivery: Delivery, again_at: datetime, now: datetime) -> Delivery:
    return delivery.model_copy(
        update={
            "attempts": delivery.attempts + 1,
            "first_attempt_at": delivery.first_attempt_at or now,
            "last_attempt_at": now,
            "next_at": again_at,
        }
    )


def attempted(
    state: Recipient, key: str, outcomes: Mapping[NoticeChannel, Outcome], now: datetime
) -> Change[Recipient]:
    """The channels answered. When no channel has anything left to try, the notice is reported, once."""
    notice = state.notices[key]
    after = {c: _judge(d, outcomes[c], notice, now) if c in outcomes else d for c, d in notice.deliveries.items()}
    return _settled(state, key, notice.model_copy(update={"deliveries": after}), now)


def _settled(state: Recipient, key: str, notice: Notice, now: datetime) -> Change[Recipient]:
    if notice.reported or any(d.status not in FINAL for d in notice.deliveries.values()):
        return _with(state, key, notice, now)
    return _with(state, key, notice.model_copy(update={"reported": True}), now, report(state, key, notice, now))


def _judge(delivery: Delivery, outcome: Outcome, notice: Notice, now: datetime) -> Delivery:
    if delivery.status in FINAL:
        return delivery  # two processes tried; the answer that came first was acted on
    said = {"code": outcome.code, "provider_id": outcome.provider_id or delivery.provider_id}
    delivery = delivery.model_copy(update=said)
    match outcome.verdict:
        case "accepted":
            return _ended(delivery, "sent")
        case "delivered":
            return _ended(delivery, "delivered")
        case "retry":
            # Whoever tests a channel wants to know how it answers now.
            over = _over(delivery, now) or notice.kind is NoticeKind.CHANNEL_TEST
            return _ended(delivery, "gave_up") if over else _again(delivery, outcome, now)
        case _:
            return _ended(delivery, "failed")


def _again(delivery: Delivery, outcome: Outcome, now: datetime) -> Delivery:
    wait = WAITS[min(max(delivery.attempts, 1), len(WAITS)) - 1]
    return delivery.model_copy(update={"next_at": now + timedelta(seconds=max(wait, outcome.retry_after or 0))})


def _ended(delivery: Delivery, status: NoticeStatus) -> Delivery:
    return delivery.model_copy(update={"status": status, "next_at": None})


def unreachable(state: Recipient, key: str, now: datetime) -> Change[Recipient] | None:
    """There is no channel (none given, or the contact was erased): said so, truthfully. None when it was reported."""
    notice = state.notices[key]
    if notice.reported:
        return None
    after = {c: d if d.status in FINAL else _ended(d, "failed") for c, d in notice.deliveries.items()}
    return _settled(state, key, notice.model_copy(update={"deliveries": after}), now)


def set_aside(state: Recipient, now: datetime) -> Change[Recipient]:
    """Something is wrong that no channel said (a broken seal, a text that cannot be made): look again later, so that
    it neither blocks the others nor is forgotten."""
    due = due_at(state, now)
    return Change(state, due_at=None if due is None else max(due, now + ASIDE))


def _with(state: Recipient, key: str, notice: Notice, now: datetime, *emit: Envelope[Event]) -> Change[Recipient]:
    after = state.model_copy(update={"notices": {**state.notices, key: notice}})
    return Change(after, tuple(emit), due_at(after, now))
