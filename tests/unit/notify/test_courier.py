"""Each notice once, whatever breaks: crashes, duplicates, disorder, hung channels, erased people."""

import asyncio
from datetime import timedelta
from itertools import permutations

import pytest

from madoguchi.contracts import events as e
from madoguchi.contracts.notices import notice_id
from madoguchi.contracts.personal import Contact
from madoguchi.testing.events import request_id
from madoguchi.vault.port import Purpose
from notify.domain import decide
from notify.domain.model import Outcome
from unit.notify.world import EMAIL, LINE, RETRY, Post, until


@pytest.fixture
def post() -> Post:
    return Post()


async def test_an_attempt_is_in_the_store_before_it_is_made(post: Post) -> None:
    async def look() -> None:
        delivery = (await post.notice()).deliveries[LINE]
        assert (delivery.attempts, delivery.status) == (1, "queued")
        seen.append(delivery.attempts)

    seen: list[int] = []
    post.line.answers.append(look)
    await post.hear(await post.submitted())
    await post.one_round()
    assert seen == [1]
    assert {name: d.status for name, d in (await post.notice()).deliveries.items()} == {LINE: "sent", EMAIL: "sent"}


async def test_the_report_continues_the_trace_of_the_event(post: Post) -> None:
    await post.hear(await post.submitted())
    await post.one_round()
    (report,) = await post.published()
    assert isinstance(report.event, e.NoticeSent)
    assert report.event.channels == (LINE, EMAIL)
    assert report.trace == {"traceparent": "00-1-1-01"}


async def test_a_crash_between_attempt_and_answer_is_tried_again_with_the_same_identity(post: Post) -> None:
    await post.hear(await post.submitted())
    await post.killed_in(post.line)
    await post.one_round()
    assert len(post.line.sent) == 1  # not at once: another process may still be at it
    post.clock.move(decide.UNANSWERED[LINE].total_seconds())
    await post.one_round()
    assert len(post.mail.sent) == 1
    post.clock.move(decide.UNANSWERED[EMAIL].total_seconds())
    await post.one_round()
    assert post.line.sent[0] == post.line.sent[1]
    assert post.mail.sent[0] == post.mail.sent[1]
    assert len(await post.published()) == 1
    await post.one_round()
    assert (len(post.line.sent), len(post.mail.sent)) == (2, 2)


async def test_whatever_the_order_and_the_repeats_each_notice_goes_out_once(post: Post) -> None:
    for number, order in enumerate(permutations(("submitted", "fee_due", "closed")), start=1):
        made = {
            "submitted": await post.submitted(number),
            "fee_due": post.fee_due(number),
            "closed": post.closed(number),
        }
        for name in (*order, *order):
            await post.hear(made[name])
            await post.one_round()
        expected = {notice_id(envelope) for envelope in made.values()}
        reports = [envelope.event for envelope in await post.published(number)]
        assert len(reports) == len(expected)
        assert {event.notice_id for event in reports if isinstance(event, e.NoticeSent)} == expected
    for told in (post.line, post.mail):
        assert len(told.sent) == len({message.notice_id for message in told.sent}) == 6 * 3


async def test_two_processes_at_once_send_once(post: Post) -> None:
    await post.hear(await post.submitted(), post.fee_due())
    await asyncio.gather(post.one_round(), post.one_round(), post.one_round())
    assert len(post.line.sent) == len(post.mail.sent) == 2
    assert len(await post.published()) == 2


async def test_someone_erased_is_reported_as_not_reached_and_the_others_are_told(post: Post) -> None:
    await post.hear(await post.submitted(1), await post.submitted(2))
    await post.vault.erase(request_id(1))
    await post.one_round()
    (report,) = await post.published(1)
    assert isinstance(report.event, e.NoticeFailed)
    assert report.event.status == "failed"
    assert len(post.line.sent) == 1
    assert isinstance((await post.published(2))[0].event, e.NoticeSent)


async def test_erased_after_one_channel_took_it_is_still_sent(post: Post) -> None:
    post.mail.answers.append(RETRY)
    await post.hear(await post.submitted())
    await post.one_round()
    await post.vault.erase(request_id())
    post.clock.move(decide.WAITS[0])
    await post.one_round()
    (report,) = await post.published()
    assert isinstance(report.event, e.NoticeSent)
    assert report.event.channels == (LINE,)


async def test_one_channels_failure_loses_nothing_of_the_other(post: Post) -> None:
    post.line.answers.append(RuntimeError("unexpected"))
    await post.hear(await post.submitted())
    await post.one_round()
    assert (await post.notice()).deliveries[EMAIL].status == "sent"
    assert (await post.notice()).deliveries[LINE].code == "RuntimeError"
    post.clock.move(decide.WAITS[0])
    await post.one_round()
    assert (len(post.line.sent), len(post.mail.sent)) == (2, 1)


async def test_a_channel_that_hangs_keeps_nobody_else_waiting_and_is_tried_again(post: Post) -> None:
    await post.hear(await post.submitted(1))
    post.line.answers.append(asyncio.Event().wait)  # type: ignore[arg-type]
    async with asyncio.TaskGroup() as tasks:
        courier = post.courier(tasks, longest_try=0.2)
        await courier.round()
        await until(lambda: bool(post.line.sent))
        await post.hear(await post.submitted(2))
        await courier.round()
        await until(lambda: courier.busy == {request_id(1)})
        assert len(await post.published(2)) == 1
    assert (await post.notice(1)).deliveries[LINE].code == "TimeoutError"
    assert (await post.notice(1)).deliveries[LINE].status == "queued"


async def test_what_cannot_be_begun_rests_and_does_not_stop_the_others(post: Post) -> None:
    broken = await post.submitted(1)
    altered = broken.event.model_copy(update={"contact": "sealed:v1:contact:AAAA"})
    await post.hear(type(broken)(broken.id, broken.source, broken.time, altered), await post.submitted(2))
    await post.one_round()
    assert len(post.line.sent) == 1
    assert await post.published(1) == []
    (due,) = await post.recipients.due(post.clock() + decide.ASIDE)
    assert due.id == request_id(1)
    assert await post.recipients.due(post.clock() + decide.ASIDE - timedelta(seconds=1)) == []


async def test_every_look_at_the_contact_is_on_record(post: Post) -> None:
    await post.hear(await post.submitted())
    await post.one_round()
    (record,) = await post.vault.access_log(request_id())
    assert (record.actor, record.purpose, record.fields) == ("notify", Purpose.SEND_NOTICE, ("contact",))


async def test_only_the_channels_the_resident_gave_are_used(post: Post) -> None:
    await post.hear(await post.submitted(1, Contact(email="a@example.jp")), await post.submitted(2, Contact()))
    await post.one_round()
    assert (len(post.line.sent), len(post.mail.sent)) == (0, 1)
    assert isinstance((await post.published(2))[0].event, e.NoticeFailed)


async def test_a_town_without_a_channel_says_so(post: Post) -> None:
    del post.channels[LINE]
    await post.hear(await post.submitted())
    await post.one_round()
    assert (await post.notice()).deliveries[LINE].code == "no_such_channel"
    (report,) = await post.published()
    assert isinstance(report.event, e.NoticeSent)
    assert report.event.channels == (EMAIL,)


async def test_a_re_driven_event_is_answered_again_and_nothing_is_sent_twice(post: Post) -> None:
    submitted = await post.submitted()
    await post.hear(submitted)
    await post.one_round()
    first = await post.relayed()
    await post.hear(submitted.redriven())
    await post.one_round()
    again = await post.relayed()
    assert [(envelope.id, envelope.redrive) for envelope in again] == [(envelope.id, 1) for envelope in first]
    assert len(post.line.sent) == 1


async def test_each_wait_is_longer_and_after_a_day_it_gives_up(post: Post) -> None:
    post.line.answers += [RETRY] * 100
    post.mail.answers.append(Outcome(verdict="refused", code="550"))
    await post.hear(await post.submitted())
    waits = []
    for _ in range(100):
        await post.one_round()
        due = await post.recipients.due(post.clock() + timedelta(days=2))
        if not due:
            break
        waits.append(((await post.notice()).deliveries[LINE].next_at or post.clock()) - post.clock())
        post.clock.move(waits[-1].total_seconds())
    assert [wait.total_seconds() for wait in waits[:8]] == [5, 15, 60, 300, 900, 1800, 3600, 3600]
    (report,) = await post.published()
    assert isinstance(report.event, e.NoticeFailed)
    assert report.event.status == "gave_up"
