"""Notices, given / when / then."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

from madoguchi.contracts import events as e
from madoguchi.contracts.envelope import Envelope, envelop
from madoguchi.contracts.notices import notice_id
from madoguchi.contracts.vocabulary import Channel, Delivery, Language, NoticeChannel, NoticeKind
from notify.domain import decide
from notify.domain.model import Outcome, Recipient

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
ID = "req_" + "0" * 26
TOWN = "990019"
BOTH = (NoticeChannel.LINE, NoticeChannel.EMAIL)
ACCEPTED = Outcome(verdict="accepted", code="200")


def submitted() -> Envelope[e.Event]:
    event = e.RequestSubmitted(
        request_id=ID, municipality=TOWN, certificate="residence_certificate", service_code="x",
        options=e.CertificateOptions(), delivery=Delivery.DOWNLOAD, channel=Channel.LINE, language=Language.ENGLISH,
        contact="sealed:v1:contact:AAAA", submitted_at=NOW, deadline_at=NOW + timedelta(days=1),
    )  # fmt: skip
    return envelop(event, time=NOW)


def fee_due() -> Envelope[e.Event]:
    event = e.FeeDue(request_id=ID, municipality=TOWN, payment_id="pay_1", amount=300, due_at=NOW + timedelta(days=7))
    return envelop(event, time=NOW)


def closed() -> Envelope[e.Event]:
    return envelop(e.RequestClosed(request_id=ID, municipality=TOWN, outcome="cancelled", closed_at=NOW), time=NOW)


def after(*envelopes: Envelope[e.Event]) -> Recipient:
    state = None
    for envelope in envelopes:
        state = decide.heard(state, envelope).state
    assert state is not None
    return state


def test_an_event_makes_its_notice_once_whatever_the_repeats() -> None:
    state = after(submitted(), submitted(), fee_due(), fee_due())
    assert [notice.kind for notice in state.notices.values()] == [NoticeKind.ACCEPTED, NoticeKind.FEE_DUE]


def test_any_order_leads_to_the_same_notices_and_nothing_is_due_before_the_contact_is_known() -> None:
    for order in permutations((submitted(), fee_due(), closed())):
        assert set(after(*order).notices) == set(after(submitted(), fee_due(), closed()).notices)
    waiting = decide.heard(None, fee_due())
    assert waiting.due_at is None
    assert decide.due_notices(waiting.state, NOW) == ()
    assert decide.heard(waiting.state, submitted()).due_at == NOW


def test_an_attempt_is_recorded_before_it_is_made_and_is_not_made_twice_at_once() -> None:
    key = notice_id(submitted())
    assert key
    change, trying = decide.attempting(after(submitted()), key, BOTH, NOW)
    assert trying == BOTH
    assert change.state.notices[key].deliveries[NoticeChannel.LINE].attempts == 1
    assert decide.due_notices(change.state, NOW) == ()
    later = NOW + decide.UNANSWERED[NoticeChannel.LINE]
    assert decide.due_notices(change.state, later) == (key,)
    _, trying = decide.attempting(change.state, key, BOTH, later)
    assert trying == (NoticeChannel.LINE,)  # SMTP does not recognise a repeat: it is given more time


def run(outcomes: dict[NoticeChannel, Outcome], *, now: datetime = NOW) -> tuple[Recipient, list[e.Event]]:
    key = notice_id(submitted())
    assert key
    started, _ = decide.attempting(after(submitted()), key, tuple(outcomes), NOW)
    change = decide.attempted(started.state, key, outcomes, now)
    return change.state, [envelope.event for envelope in change.emit]


def test_a_notice_is_reported_once_all_its_channels_have_ended() -> None:
    _, events = run({NoticeChannel.LINE: ACCEPTED, NoticeChannel.EMAIL: ACCEPTED})
    (event,) = events
    assert isinstance(event, e.NoticeSent)
    assert event.channels == BOTH
    assert event.status == "sent"


def test_while_a_channel_may_still_take_it_nothing_is_reported() -> None:
    state, events = run({NoticeChannel.LINE: Outcome(verdict="retry", code="500"), NoticeChannel.EMAIL: ACCEPTED})
    assert events == []
    assert decide.due_at(state, NOW) == NOW + timedelta(seconds=decide.WAITS[0])


def test_quota_or_block_on_one_channel_leaves_the_other() -> None:
    for verdict in ("quota_exhausted", "refused"):
        _, events = run({NoticeChannel.LINE: Outcome(verdict=verdict), NoticeChannel.EMAIL: ACCEPTED})
        (event,) = events
        assert isinstance(event, e.NoticeSent)
        assert event.channels == (NoticeChannel.EMAIL,)


def test_no_channel_left_is_said_truthfully() -> None:
    _, events = run({NoticeChannel.LINE: Outcome(verdict="refused", code="blocked")})
    (event,) = events
    assert isinstance(event, e.NoticeFailed)
    assert event.status == "failed"


def test_after_a_day_of_trying_it_gives_up() -> None:
    _, events = run({NoticeChannel.LINE: Outcome(verdict="retry", code="500")}, now=NOW + decide.GIVE_UP_AFTER)
    (event,) = events
    assert isinstance(event, e.NoticeFailed)
    assert event.status == "gave_up"


def test_an_attempt_without_an_answer_is_not_repeated_once_line_has_forgotten_its_key() -> None:
    key = notice_id(submitted())
    assert key
    started, _ = decide.attempting(after(submitted()), key, (NoticeChannel.LINE,), NOW)
    change, trying = decide.attempting(started.state, key, (NoticeChannel.LINE,), NOW + decide.GIVE_UP_AFTER)
    assert trying == ()
    (report,) = change.emit
    assert isinstance(report.event, e.NoticeFailed)
    assert report.event.status == "gave_up"


def test_the_answer_that_came_first_stands() -> None:
    state, _ = run({NoticeChannel.LINE: ACCEPTED})
    key = notice_id(submitted())
    assert key
    change = decide.attempted(state, key, {NoticeChannel.LINE: Outcome(verdict="refused", code="400")}, NOW)
    assert change.emit == ()
    assert change.state.notices[key].deliveries[NoticeChannel.LINE].status == "sent"
    assert decide.unreachable(state, key, NOW) is None


def test_a_longer_wait_that_the_channel_asks_for_is_kept() -> None:
    state, _ = run({NoticeChannel.LINE: Outcome(verdict="retry", code="429", retry_after=90)})
    assert decide.due_at(state, NOW) == NOW + timedelta(seconds=90)


def test_someone_without_any_channel_is_reported_as_not_reached_and_not_tried_again() -> None:
    key = notice_id(submitted())
    assert key
    change = decide.unreachable(after(submitted()), key, NOW)
    assert change is not None
    assert [type(envelope.event) for envelope in change.emit] == [e.NoticeFailed]
    assert change.due_at is None
    assert decide.due_notices(change.state, NOW) == ()
